import type { KubernetesListObject, KubernetesObject, V1Deployment, V1ReplicaSet } from '@kubernetes/client-node';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyAll } from '../../../server/cluster/apply.ts';
import { openReports } from '../../../server/cluster/embedded/reports.ts';
import type { Kube } from '../../../server/cluster/kube.ts';
import { ResourcePaths } from '../../../server/cluster/resource-paths.ts';
import { isReady } from '../../../server/grader/workload/rollout.ts';
import { startEmbeddedCluster, type StartedCluster } from '../../embedded-cluster.ts';

const log = pino({ level: 'silent' });
const soon = { timeout: 20_000, interval: 50 };

let started: StartedCluster;
let kube: Kube;

beforeAll(async () => {
  started = await startEmbeddedCluster('haechi-reports-');
  kube = started.cluster.kube();
});
afterAll(() => started.stop());

async function list<T extends KubernetesObject>(path: string): Promise<T[]> {
  return (await kube.request<KubernetesListObject<T>>('GET', path)).value.items;
}

/** The newest value of one series of the API server's metrics; NaN where there is none. */
async function metric(series: string): Promise<number> {
  const lines = (await kube.text('/metrics')).split('\n');
  return Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length + 1));
}

/** How many requests the API server serves at the same time, at the level of reports. */
const seats = () => metric('apiserver_flowcontrol_nominal_limit_seats{priority_level="haechi-reports"}');

/** How much garbage the API server lets be, as a percentage of what lives. */
const garbage = () => metric('go_gc_gogc_percent');

const readyPods = (namespace: string) => started.cluster.mirror().list('Pod', namespace).filter(isReady).length;

test('pods of a class that starts together run before controllers report, and then they report', async () => {
  await expect.poll(seats, soon).toBeGreaterThan(100);
  const { promise: starting, resolve: end } = Promise.withResolvers<undefined>();
  const work = Array.from({ length: 12 }, () => started.cluster.urgently(() => starting));
  await expect.poll(seats, soon).toBe(0);
  await expect.poll(garbage, soon).toBe(300);

  const namespace = 'reports';
  const labels = { app: 'web' };
  await applyAll({ kube, paths: new ResourcePaths(kube) }, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.29' }] } },
      },
    } as KubernetesObject,
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace },
      spec: { selector: labels, ports: [{ port: 80 }] },
    } as KubernetesObject,
  ]);
  await expect.poll(() => readyPods(namespace), soon).toBe(2);
  const [replicaSet] = await list<V1ReplicaSet>(`/apis/apps/v1/namespaces/${namespace}/replicasets`);
  expect(replicaSet?.status?.observedGeneration).toBeUndefined();
  expect(await list(`/api/v1/namespaces/${namespace}/events`)).toEqual([]);
  expect(await list(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`)).toEqual([]);

  end(undefined);
  await Promise.all(work);
  const available = async () =>
    (await list<V1Deployment>(`/apis/apps/v1/namespaces/${namespace}/deployments`))[0]?.status?.availableReplicas;
  await expect.poll(available, soon).toBe(2);
  const reasons = async () =>
    (await list<KubernetesObject & { reason?: string }>(`/api/v1/namespaces/${namespace}/events`)).map(
      ({ reason }) => reason,
    );
  await expect
    .poll(reasons, soon)
    .toEqual(expect.arrayContaining(['ScalingReplicaSet', 'SuccessfulCreate', 'Scheduled', 'Started']));
  await expect
    .poll(() => list(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`), soon)
    .toHaveLength(1);
  await expect.poll(garbage, soon).toBe(70);
  await expect.poll(seats, soon).toBeGreaterThan(100);
});

test('what a platform that died left waiting goes on with the next', async () => {
  const applier = { kube, paths: new ResourcePaths(kube) };
  const onHold = () => undefined;
  const dying = await openReports({ applier, onHold, log });
  for (let count = 0; count < 12; count++) void dying.urgently(() => new Promise<never>(() => undefined));
  await expect.poll(seats, soon).toBe(0);
  await dying.stop();
  const next = await openReports({ applier, onHold, log });
  await expect.poll(seats, soon).toBeGreaterThan(100);
  await next.stop();
});
