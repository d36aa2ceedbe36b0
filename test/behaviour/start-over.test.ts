import { join } from 'node:path';
import type { CoreV1Event, KubernetesObject, V1Namespace, V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withLearner } from '../../server/attempt/account.ts';
import { cleanUp } from '../../server/attempt/clean-up.ts';
import { clearInPlace } from '../../server/attempt/clear-in-place.ts';
import { holdingsOf, type Held } from '../../server/attempt/holdings.ts';
import { plotOf } from '../../server/attempt/plot.ts';
import { setUp, type Clear } from '../../server/attempt/set-up.ts';
import { apply, applyAll, remove } from '../../server/cluster/apply.ts';
import { loadContent } from '../../server/content/load.ts';
import { openClusterUnderTest, type ClusterUnderTest } from './cluster-under-test.ts';

// A scenario with two namespaces, roles, a Secret, Deployments and cluster-scoped objects.
const lab = (await loadContent(join(import.meta.dirname, '..', '..'))).labs.get('week-08/least-privilege-role');
if (!lab) throw new Error('there is no lab least-privilege-role');
const plot = plotOf('over', lab, 'over');
const { names } = plot;
const namespace = names.mainNamespace;

let under: ClusterUnderTest;
/** What the start holds. */
let atStart: Held[];
beforeAll(async () => {
  under = await openClusterUnderTest();
  await goToStart();
  atStart = await holdings();
});
afterAll(async () => {
  await cleanUp(under.environment.applier, plot.attempt, names, plot.start);
  await under.stop();
});

const signal = () => AbortSignal.timeout(120_000);

async function goToStart(clear?: Clear): Promise<void> {
  await setUp(plot, under.environment, () => undefined, signal(), clear);
}

async function holdings(): Promise<Held[]> {
  const { applier } = under.environment;
  return withLearner(plot, applier, (learner) => holdingsOf(plot, applier.paths, learner, signal()));
}

/** What no controller has made, and what it says. A Service that is made anew has another address. */
function said(held: readonly Held[]): Record<string, string> {
  const own = held.filter(({ owner, path }) => owner === undefined || path.includes('/configmaps/'));
  const entries = own.map(({ path, digest }) => [path, path.includes('/services/') ? '' : digest] as const);
  return Object.fromEntries(entries.toSorted());
}

async function get<T>(path: string): Promise<T> {
  return (await under.environment.applier.kube.request<T>('GET', path)).value;
}

/** What its pods' starts have left in `kubectl get events`. */
async function podsOfEvents(): Promise<string[]> {
  const { items } = await get<{ items: CoreV1Event[] }>(`/api/v1/namespaces/${namespace}/events`);
  const starts = items.filter(({ reason }) => ['Scheduled', 'Pulled', 'Created', 'Started'].includes(reason ?? ''));
  return starts.map(({ involvedObject }) => involvedObject.uid ?? '');
}

async function podUids(): Promise<string[]> {
  const { items } = await get<{ items: V1Pod[] }>(`/api/v1/namespaces/${namespace}/pods`);
  return items.filter(({ metadata }) => !metadata?.deletionTimestamp).map(({ metadata }) => metadata?.uid ?? '');
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const namespacePath = `/api/v1/namespaces/${namespace}`;
const extra = (kind: string, apiVersion: string, rest: object = {}): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: 'extra', namespace },
  ...rest,
});

/** What a learner may leave: more, less and other than the start. */
async function makeAMess(): Promise<void> {
  const { applier } = under.environment;
  const deployment = plot.start.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata?.namespace === namespace,
  );
  const secret = plot.start.find(({ kind }) => kind === 'Secret');
  const clusterRole = plot.start.find(({ kind }) => kind === 'ClusterRole');
  if (!deployment || !secret || !clusterRole) throw new Error('the scenario has other objects by now');
  const pod = { containers: [{ name: 'c', image: 'busybox:1.37', command: ['sleep', '600'] }] };
  await applyAll(applier, [
    extra('ConfigMap', 'v1', { data: { left: 'behind' } }),
    extra('NetworkPolicy', 'networking.k8s.io/v1', { spec: { podSelector: {} } }),
    extra('CronJob', 'batch/v1', {
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: { spec: { template: { spec: { ...pod, restartPolicy: 'Never' } } } },
      },
    }),
    // It doesn't mind SIGTERM, and has a long grace.
    extra('Pod', 'v1', { spec: { ...pod, terminationGracePeriodSeconds: 300 } }),
    { ...secret, stringData: { changed: 'by the learner' } } as KubernetesObject,
    { ...clusterRole, rules: [] } as KubernetesObject,
  ]);
  // As a learner's `kubectl apply` does it.
  const merge = { metadata: { labels: { mine: 'yes' }, annotations: { [lastApplied]: '{}' } } };
  await applier.kube.request('PATCH', namespacePath, { contentType: 'application/merge-patch+json', body: merge });
  // Each says that the other is its controller.
  const knot = (name: string, owner?: KubernetesObject) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace,
      ownerReferences: owner
        ? [
            {
              apiVersion: 'v1',
              kind: 'ConfigMap',
              name: owner.metadata?.name,
              uid: owner.metadata?.uid,
              controller: true,
            },
          ]
        : [],
    },
  });
  const one = await apply(applier, knot('knot-1') as KubernetesObject);
  await apply(
    applier,
    knot('knot-1', await apply(applier, knot('knot-2', one) as KubernetesObject)) as KubernetesObject,
  );
  await remove(applier, deployment);
  const role = plot.start.find(({ kind }) => kind === 'Role');
  if (role) await remove(applier, role);
}

test('starting over brings back all that was changed, taken away or added, and keeps the namespace', async () => {
  const before = await get<V1Namespace>(namespacePath);
  const pods = await podUids();
  await expect.poll(podsOfEvents, { timeout: 10_000 }).toEqual(expect.arrayContaining(pods));
  await makeAMess();
  expect(said(await holdings())).not.toEqual(said(atStart));
  await goToStart(clearInPlace);
  const after = await get<V1Namespace>(namespacePath);
  expect(after.metadata?.uid).toBe(before.metadata?.uid);
  expect(after.metadata?.labels).toEqual(before.metadata?.labels);
  expect(after.metadata?.annotations ?? {}).not.toHaveProperty([lastApplied]);
  await expect.poll(async () => said(await holdings()), { timeout: 10_000 }).toEqual(said(atStart));
  // Their files may have been touched.
  expect(pods.filter((uid) => uid !== '')).not.toHaveLength(0);
  expect(await podUids()).toHaveLength(pods.length);
  expect((await podUids()).filter((uid) => pods.includes(uid))).toEqual([]);
  expect((await podsOfEvents()).filter((uid) => pods.includes(uid))).toEqual([]);
});

test('what is as it was at the start can stay, with its pods', async () => {
  const pods = await podUids();
  await goToStart((...args) => clearInPlace(...args, atStart));
  expect((await podUids()).toSorted()).toEqual(pods.toSorted());
  await makeAMess();
  await goToStart((...args) => clearInPlace(...args, atStart));
  await expect.poll(async () => said(await holdings()), { timeout: 10_000 }).toEqual(said(atStart));
  const now = await podUids();
  expect(now).toHaveLength(pods.length);
  // Those of the Deployment that was taken away are new; the others stayed.
  expect(now.filter((uid) => pods.includes(uid)).length).toBeGreaterThan(0);
  expect(now.filter((uid) => !pods.includes(uid)).length).toBeGreaterThan(0);
});

test('where a namespace is gone, all is set up anew', async () => {
  const { applier } = under.environment;
  await remove(applier, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await goToStart(clearInPlace);
  await expect.poll(async () => said(await holdings()), { timeout: 10_000 }).toEqual(said(atStart));
});
