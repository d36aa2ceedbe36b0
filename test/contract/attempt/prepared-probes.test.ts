import { afterAll, beforeAll, expect, test } from 'vitest';
import type { V1Pod } from '@kubernetes/client-node';
import { AttemptsUnderTest, learner } from './platform.ts';

/** What happened, in order: a pod was prepared, packets were sent from one. */
const asked: string[] = [];
let signal: AbortSignal | undefined;
let platform: AttemptsUnderTest;

beforeAll(async () => {
  platform = await AttemptsUnderTest.open({
    network: () => Promise.resolve({ policies: 'enforced', denial: 'silent', reason: '' }),
    prepare({ namespace, pod }, given) {
      signal = given;
      asked.push(`prepare ${namespace}/${pod}`);
      return Promise.reject(new Error('not to be had'));
    },
    tryFlows({ namespace, pod }) {
      asked.push(`try ${namespace}/${pod}`);
      return Promise.resolve({ result: 'impossible', detail: 'not in this test' });
    },
  });
});
afterAll(() => platform.close());

const pods = async () => {
  const lists = ['production', 'ingress'].map(async (name) => {
    const path = `/api/v1/namespaces/${name}-prepared/pods`;
    return (await platform.kube.request<{ items: V1Pod[] }>('GET', path)).value.items;
  });
  return (await Promise.all(lists))
    .flat()
    .map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)
    .sort();
};
const prepared = () =>
  asked
    .filter((each) => each.startsWith('prepare '))
    .map((each) => each.slice('prepare '.length))
    .sort();

test('each pod is prepared for checks while the attempt is set up, and after a rollout, until the attempt ends', async () => {
  const { id } = await platform.attempts.start(learner('prepared'), 'week-08/default-deny');
  // What fails of that keeps nothing else back.
  await platform.when(id, ({ verdicts }) => Object.keys(verdicts).length > 0);
  const first = await pods();
  expect(first).toHaveLength(5);
  expect(prepared()).toEqual(first);
  const sent = asked.findIndex((each) => each.startsWith('try '));
  expect(asked.slice(0, sent).filter((each) => each.startsWith('prepare '))).toHaveLength(first.length);

  const api = '/apis/apps/v1/namespaces/production-prepared/deployments/api';
  await platform.kube.request('PATCH', api, {
    contentType: 'application/merge-patch+json',
    body: { spec: { template: { metadata: { annotations: { rolled: 'out' } } } } },
  });
  await expect.poll(prepared, { timeout: 20_000 }).toHaveLength(first.length + 1);
  await expect.poll(pods, { timeout: 20_000 }).toHaveLength(first.length);
  expect(prepared()).toEqual(expect.arrayContaining(await pods()));

  expect(signal?.aborted).toBe(false);
  await platform.attempts.end(learner('prepared'), id);
  expect(signal?.aborted).toBe(true);
});
