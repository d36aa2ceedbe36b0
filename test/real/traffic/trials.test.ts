import type { V1Pod } from '@kubernetes/client-node';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import { applyAll } from '../../../server/cluster/apply.ts';
import { deleteNamespace } from '../../../server/cluster/delete-namespace.ts';
import { measureNetwork } from '../../../server/cluster/existing/network/measure.ts';
import { measureLabel, measureName } from '../../../server/cluster/existing/network/objects.ts';
import { flowProber } from '../../../server/cluster/existing/probe/flow-prober.ts';
import { PodProber } from '../../../server/cluster/existing/probe/pod-prober.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import { ResourcePaths } from '../../../server/cluster/resource-paths.ts';
import { CheckSpec } from '../../../server/content/check-schema.ts';
import type { NetworkMeasure } from '../../../server/contract/network.ts';
import type { JudgeContext } from '../../../server/grader/check.ts';
import { judgeCheck } from '../../../server/grader/judge.ts';
import { gatherFacts } from '../../../server/grader/traffic/facts.ts';
import { holdCluster } from '../hold.ts';
import { canPause, whilePaused } from './network-program.ts';
import { closeWeb, shop } from './shop.ts';

const namespace = 'real-trials';
const image = 'docker.io/library/busybox:1.37';
const log = pino({ level: 'silent' });
const policyPath = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
const flow = { from: 'shop/client', to: 'shop/web', port: 8080 };
const open = check({ allow: [flow] });
const closed = check({ deny: [flow] });
const enforced: NetworkMeasure = { policies: 'enforced', denial: 'silent', reason: '' };

holdCluster();
let kube: Kube;
let context: JudgeContext;
let network: NetworkMeasure;
const start = shop(namespace);

function check(traffic: object): CheckSpec {
  return CheckSpec.parse({ title: { ko: '흐름', en: 'flows' }, points: 1, traffic });
}

const measure = () => measureNetwork(kube, image, { log, signal: AbortSignal.timeout(60_000) });
const apply = (policies: Parameters<typeof applyAll>[1]) =>
  applyAll({ kube, paths: new ResourcePaths(kube) }, policies);

async function judge(spec: CheckSpec) {
  const { outcome, findings, note } = await judgeCheck('flows', spec, context, {
    onUnexpected: (error) => {
      throw error as Error;
    },
  });
  return {
    outcome,
    found: findings.map(({ found }) => found.en.replaceAll(/-[a-z0-9]+-[a-z0-9]{5}\b/g, '-*')),
    note: note?.en,
  };
}

beforeAll(async () => {
  kube = new Kube(inject('kubeconfig'));
  await deleteNamespace(kube, namespace);
  await apply(start);
  const prober = new PodProber(kube, image);
  context = {
    kube,
    names: { namespaces: { shop: namespace }, users: {}, clusterObjects: {}, mainNamespace: namespace, variables: {} },
    start,
    getFromPod: () => Promise.reject(new Error('the traffic check asks for no pages')),
    flowProber: flowProber(() => ({ prober, network: Promise.resolve(network) })),
    signal: AbortSignal.timeout(170_000),
  };
  const running = ({ status }: V1Pod) => status?.phase === 'Running';
  await vi.waitFor(
    async () => {
      const { workloads } = await gatherFacts(context);
      expect(workloads.map(({ pods }) => pods.filter(running).length)).toEqual([1, 1]);
    },
    { timeout: 60_000, interval: 200 },
  );
});
beforeEach(async () => {
  network = enforced;
  await kube.request('DELETE', policyPath);
});
afterAll(async () => {
  await deleteNamespace(kube, namespace);
  await kube.close();
});

const same = 'One flow was also tried with real packets from the pods, with the same result.';

test('a network that enforces policies is noticed, and nothing is left of the measurement', async () => {
  expect(await measure()).toEqual(enforced);
  const left = async () => {
    const query = { labelSelector: `${measureLabel}=${measureName}` };
    const { value } = await kube.request<{ items: unknown[] }>('GET', '/api/v1/namespaces', { query });
    return value.items.length;
  };
  await expect.poll(left, { timeout: 90_000 }).toBe(0);
});

test('a flow that passes is tried', async () => {
  expect(await judge(open)).toEqual({ outcome: 'pass', found: [], note: same });
});

test('a policy that is still spreading is waited for', async () => {
  await apply([closeWeb(namespace)]);
  expect(await judge(closed)).toEqual({ outcome: 'pass', found: [], note: same });
  await kube.request('DELETE', policyPath);
  expect(await judge(open)).toEqual({ outcome: 'pass', found: [], note: same });
});

test('a port that nobody listens on is tried as well', async () => {
  const elsewhere = { ...flow, port: 81 };
  expect(await judge(check({ allow: [elsewhere] }))).toMatchObject({ outcome: 'pass', note: same });
});

test('what the engine finds wrong is told with the trial', async () => {
  expect(await judge(closed)).toEqual({
    outcome: 'fail',
    found: [`Open: ${namespace}/client → ${namespace}/web:8080`],
    note: same,
  });
});

test('a network that does not enforce policies is judged by the engine alone', async () => {
  network = { policies: 'ignored', denial: 'silent', reason: '' };
  await apply([closeWeb(namespace)]);
  expect(await judge(closed)).toEqual({
    outcome: 'pass',
    found: [],
    note: 'Judged by the policies alone: this cluster’s network does not enforce NetworkPolicy.',
  });
});

test.skipIf(!canPause)('where packets do otherwise nothing is judged, and both are told', async () => {
  // What was in force before would stay so.
  expect(await judge(open)).toMatchObject({ outcome: 'pass' });
  await whilePaused(async () => {
    await apply([closeWeb(namespace)]);
    expect(await judge(closed)).toEqual({
      outcome: 'error',
      found: [
        `By the policies it is blocked, yet real packets passed: ${namespace}/client → ${namespace}/web:8080 (client-* → web-*)`,
      ],
      note: undefined,
    });
  });
  expect(await judge(closed)).toEqual({ outcome: 'pass', found: [], note: same });
});

test.skipIf(!canPause)('a network that does not enforce policies is noticed', async () => {
  await whilePaused(async () => {
    expect(await measure()).toEqual({ policies: 'ignored', denial: 'silent', reason: '' });
  });
});

test('a pod that refuses the platform’s container is judged by the engine alone', async () => {
  // An older pod that doesn't comply with what its namespace enforces by now.
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'old', namespace },
    spec: { containers: [{ name: 'old', image, command: ['sleep', '3600'] }], terminationGracePeriodSeconds: 1 },
  };
  await apply([pod]);
  const path = `/api/v1/namespaces/${namespace}`;
  const phase = async () => (await kube.request<V1Pod>('GET', `${path}/pods/old`)).value.status?.phase;
  await expect.poll(phase, { timeout: 30_000 }).toBe('Running');
  const label = (level: string | null) =>
    kube.request('PATCH', path, {
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': level } } },
    });
  await label('restricted');
  try {
    const { outcome, note } = await judge(check({ allow: [{ ...flow, from: 'shop/old' }] }));
    expect(outcome).toBe('pass');
    expect(note).toMatch(
      /^Flows from real-trials\/old could not be tried, and are judged by the policies alone \(.*violates PodSecurity "restricted:latest"/,
    );
  } finally {
    await label(null);
  }
});
