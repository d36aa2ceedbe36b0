import type { V1Pod } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { resolveWorkloads, type Controller } from '../../../server/grader/traffic/workloads.ts';
import { deployment, names } from './build.ts';

const summary = ({ workloads, missing }: ReturnType<typeof resolveWorkloads>) => ({
  workloads: workloads.map(
    ({ id, object, origin, pods }) => `${id} ${object} ${origin} ${pods.map(({ metadata }) => metadata?.name).join()}`,
  ),
  missing,
});

function child(kind: string, name: string, parent?: Controller): Controller {
  return {
    kind,
    metadata: {
      namespace: 'production',
      name,
      uid: `${kind}-${name}`,
      ...(parent
        ? {
            ownerReferences: [
              {
                apiVersion: 'v1',
                kind: parent.kind,
                name: parent.metadata?.name ?? '',
                uid: parent.metadata?.uid ?? '',
                controller: true,
              },
            ],
          }
        : {}),
    },
  };
}

test('pods belong to the topmost owner, whatever their labels', () => {
  const { start, controllers, pods } = deployment('production/api', { replicas: 2 });
  const [first] = pods;
  if (first?.metadata) first.metadata.labels = { app: 'db' };
  expect(summary(resolveWorkloads(pods, controllers, [start], names))).toEqual({
    workloads: ['production/api Deployment/api scenario api-rs-0,api-rs-1'],
    missing: [],
  });
});

test('CronJob, Job and pod make one workload; bare pods are their own', () => {
  const cron = child('CronJob', 'nightly');
  const job = child('Job', 'nightly-1', cron);
  const pods = [child('Pod', 'nightly-1-x', job), child('Pod', 'alone')] as V1Pod[];
  expect(summary(resolveWorkloads(pods, [cron, job], [], names)).workloads).toEqual([
    'production/alone Pod/alone learner alone',
    'production/nightly CronJob/nightly learner nightly-1-x',
  ]);
});

test('pods that ended or are ending do not count, nor do controllers of a learner without pods', () => {
  const pods = [
    { ...child('Pod', 'done'), status: { phase: 'Succeeded' } },
    { ...child('Pod', 'dead'), status: { phase: 'Failed' } },
    { metadata: { namespace: 'production', name: 'going', deletionTimestamp: '2026-01-01T00:00:00Z' } },
  ] as unknown as V1Pod[];
  expect(summary(resolveWorkloads(pods, [child('Deployment', 'empty')], [], names)).workloads).toEqual([]);
});

test("the scenario's object keeps its name beside one of another kind", () => {
  const { start, controllers, pods } = deployment('production/api');
  const other = child('StatefulSet', 'api');
  const otherPod = child('Pod', 'api-0', other) as V1Pod;
  expect(summary(resolveWorkloads([...pods, otherPod], [...controllers, other], [start], names)).workloads).toEqual([
    'production/api Deployment/api scenario api-rs-0',
    'production/api (StatefulSet) StatefulSet/api learner api-0',
  ]);
});

test('a workload of the scenario that is gone is missing, also when another kind took its name', () => {
  const { start } = deployment('production/api');
  const other = child('StatefulSet', 'api');
  const result = summary(resolveWorkloads([child('Pod', 'api-0', other) as V1Pod], [other], [start], names));
  expect(result).toEqual({
    workloads: ['production/api (StatefulSet) StatefulSet/api learner api-0'],
    missing: [{ id: 'production/api', object: 'Deployment/api' }],
  });
});

test('an owner that is in another namespace or not there owns nothing', () => {
  const foreign = { ...child('Deployment', 'api'), metadata: { namespace: 'staging', name: 'api', uid: 'u' } };
  const pod = child('Pod', 'stray', { ...foreign, kind: 'Deployment' }) as V1Pod;
  expect(summary(resolveWorkloads([pod], [foreign], [], names)).workloads).toEqual([
    'production/stray Pod/stray learner stray',
  ]);
});
