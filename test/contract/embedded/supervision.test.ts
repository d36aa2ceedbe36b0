import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EmbeddedCluster } from '../../../server/cluster/embedded/embedded.ts';
import type { ProcessIdentity } from '../../../server/cluster/embedded/process-identity.ts';
import type { Kube } from '../../../server/cluster/kube.ts';
import { readConfig } from '../../../server/command-line.ts';
import type { ClusterStatus } from '../../../server/contract/cluster-status.ts';
import { openLog } from '../../../server/log.ts';

const kept = '/api/v1/namespaces/default/configmaps/kept';
const soon = { timeout: 20_000, interval: 50 };
let folder: string;
let cluster: EmbeddedCluster;
let kube: Kube;
/** Each new status, and when it was told. */
const told: { at: number; status: ClusterStatus }[] = [];

// A test run that is interrupted ends its workers; exiting, they end their processes.
const exit = () => process.exit(143);
beforeAll(async () => {
  process.once('SIGTERM', exit);
  folder = await mkdtemp(join(tmpdir(), 'haechi-supervision-'));
  const { programsDir, mirror } = readConfig([], process.env);
  cluster = new EmbeddedCluster({ dataFolder: folder, programsDir, mirror, log: openLog('silent') });
  cluster.onStatus((status) => told.push({ at: Date.now(), status }));
  await cluster.start(AbortSignal.timeout(100_000));
  kube = cluster.kube();
  await kube.request('POST', '/api/v1/namespaces/default/configmaps', {
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' }, data: { word: '해치' } },
  });
});
afterAll(async () => {
  process.off('SIGTERM', exit);
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Ends a component as the system's memory killer would; resolves with how long it took until it was running again. */
async function kill(name: string): Promise<number> {
  const note = await readFile(join(folder, 'cluster', 'pids', `${name}.pid`), 'utf8');
  told.length = 0;
  process.kill((JSON.parse(note) as ProcessIdentity).pid, 'SIGKILL');
  await expect.poll(() => told.at(-1)?.status.phase, soon).toBe('ready');
  return (told.at(-1)?.at ?? 0) - (told[0]?.at ?? 0);
}
const stateOf = (status: ClusterStatus | undefined, wanted: string) =>
  status?.components.find(({ name }) => name === wanted);

test.each(['etcd', 'kube-apiserver', 'kube-controller-manager'])(
  '%s is killed: the status names it until it runs again, and all objects are there',
  async (name) => {
    await kill(name);
    const [first] = told;
    expect(first?.status.phase).toBe('degraded');
    expect(stateOf(first?.status, name)).toMatchObject({ state: 'restarting', restarts: 1 });
    expect(first?.status.components.filter(({ state }) => state === 'restarting')).toHaveLength(1);
    expect(stateOf(cluster.status(), name)).toMatchObject({ state: 'running', restarts: 1 });
    const read = () => kube.request<{ data: object }>('GET', kept).then(({ value }) => value.data);
    await expect.poll(() => read().catch(String), soon).toEqual({ word: '해치' });
  },
);

test('one that dies again and again waits longer each time', async () => {
  // It has been killed once before, and waited 100 ms.
  expect(await kill('kube-controller-manager')).toBeGreaterThanOrEqual(200);
  expect(await kill('kube-controller-manager')).toBeGreaterThanOrEqual(400);
});

test('afterwards controllers and node do their work as before', async () => {
  await kube.request('POST', '/apis/apps/v1/namespaces/default/deployments', {
    body: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'after' },
      spec: {
        selector: { matchLabels: { app: 'after' } },
        template: {
          metadata: { labels: { app: 'after' } },
          spec: { containers: [{ name: 'main', image: 'busybox:1.37', command: ['sleep', 'infinity'] }] },
        },
      },
    },
  });
  const available = async () =>
    (
      await kube.request<{ status: { availableReplicas?: number } }>(
        'GET',
        '/apis/apps/v1/namespaces/default/deployments/after',
      )
    ).value.status.availableReplicas;
  await expect.poll(available, soon).toBe(1);
});

test('stops in reverse order', async () => {
  told.length = 0;
  await cluster.stop();
  const stopped = told.flatMap(({ status }) => status.components.filter(({ state }) => state === 'stopped'));
  expect([...new Set(stopped.map(({ name }) => name))]).toEqual(['kube-controller-manager', 'kube-apiserver', 'etcd']);
  expect(cluster.status().phase).toBe('stopped');
});
