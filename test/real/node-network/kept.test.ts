import type { KubernetesObject } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attemptLabel } from '../../../server/attempt/labels.ts';
import { applyAll } from '../../../server/cluster/apply.ts';
import { deleteNamespace } from '../../../server/cluster/delete-namespace.ts';
import { removeNodeNetwork } from '../../../server/cluster/existing/node-network/install.ts';
import { nodeNetwork } from '../../../server/cluster/existing/node-network/names.ts';
import { openClusterUnderTest, type ClusterUnderTest } from '../../behaviour/cluster-under-test.ts';
import { openKubectl, type Kubectl } from '../../contract/deploy/kubectl.ts';

const namespaces = ['kept-a', 'kept-b'];
const soon = { timeout: 60_000, interval: 100 };

let under: ClusterUnderTest;
let kubectl: Kubectl;
beforeAll(async () => {
  kubectl = await openKubectl();
  under = await openClusterUnderTest();
  await applyAll(
    under.environment.applier,
    namespaces.map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { [attemptLabel]: name.replace('-', '') } },
    })),
  );
  await applyAll(under.environment.applier, [web('kept-a', 'first'), web('kept-b', 'first')]);
  await Promise.all(namespaces.map((namespace) => addressOf(namespace, 'first')));
});
afterAll(async () => {
  await Promise.all(namespaces.map((name) => deleteNamespace(under.cluster.kube(), name)));
  await under.stop();
  await kubectl.close();
});

function web(namespace: string, name: string): KubernetesObject & { spec: object } {
  const container = { name: 'web', image: 'busybox:1.37', command: ['httpd', '-f', '-p', '8080', '-h', '/etc'] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { terminationGracePeriodSeconds: 1, containers: [container] },
  };
}

/** As soon as it has one. */
async function addressOf(namespace: string, name: string): Promise<string> {
  const { mirror } = under.environment;
  const ip = () => mirror.get('Pod', name, namespace)?.status?.podIP;
  expect(await mirror.until(() => ip() !== undefined, 60_000, AbortSignal.timeout(70_000))).toBe(true);
  return ip() ?? '';
}

async function reaches(ip: string): Promise<string> {
  const from = { namespace: 'kept-a', pod: 'first' };
  return (await under.cluster.getFromPod(from, `http://${ip}:8080/hostname`, 1000, AbortSignal.timeout(45_000))).result;
}

/** The node's ruleset as the kernel has it. */
async function rules(): Promise<string> {
  const args = ['exec', '-n', nodeNetwork, `daemonset/${nodeNetwork}`, '--', 'nft', 'list', 'ruleset', 'inet'];
  return (await kubectl(...args).catch(() => ({ stdout: '' }))).stdout;
}

test('the rules know a new pod within a second and a half of its address', async () => {
  await expect.poll(() => under.cluster.status().nodeNetwork?.state, soon).toBe('held');
  const took = [];
  for (const name of ['second', 'third', 'fourth']) {
    await applyAll(under.environment.applier, [web('kept-b', name)]);
    const ip = await addressOf('kept-b', name);
    const began = performance.now();
    // Most of it is how long it takes to ask.
    await expect.poll(rules, soon).toContain(ip);
    took.push(performance.now() - began);
    expect(await reaches(ip)).toBe('timeout');
  }
  expect(Math.max(...took)).toBeLessThan(1500);
});

test('it runs with one capability and writes nothing', async () => {
  const status = [
    'exec',
    '-n',
    nodeNetwork,
    `daemonset/${nodeNetwork}`,
    '--',
    'grep',
    '-E',
    '^(CapBnd|NoNewPrivs)',
    '/proc/1/status',
  ];
  // Bit 12 is CAP_NET_ADMIN (capabilities(7)).
  expect((await kubectl(...status)).stdout).toBe('CapBnd:\t0000000000001000\nNoNewPrivs:\t1\n');
});

test('they come back when its pod is ended, and hold again', async () => {
  const { stdout: before } = await kubectl('get', 'pods', '-n', nodeNetwork, '-o', 'name');
  await kubectl('delete', '-n', nodeNetwork, before.trim());
  const ip = await addressOf('kept-b', 'first');
  await expect.poll(rules, soon).toContain(ip);
  const { stdout: after } = await kubectl('get', 'pods', '-n', nodeNetwork, '-o', 'name');
  expect(after).not.toBe(before);
  expect(await reaches(ip)).toBe('timeout');
});

test('also when its container is killed', async () => {
  const count = async () => {
    const path = '{.items[0].status.containerStatuses[0].restartCount}';
    return (await kubectl('get', 'pods', '-n', nodeNetwork, '-o', `jsonpath=${path}`)).stdout;
  };
  const [container] = (
    await kubectl('get', 'pods', '-n', nodeNetwork, '-o', 'jsonpath={.items[0].metadata.name}')
  ).stdout.split('\n');
  await kubectl(
    'exec',
    '-n',
    nodeNetwork,
    container ?? '',
    '--',
    'sh',
    '-c',
    'nft delete table inet haechi; kill -TERM 1',
  );
  await expect.poll(count, soon).toBe('1');
  const ip = await addressOf('kept-b', 'first');
  await expect.poll(rules, soon).toContain(ip);
  expect(await reaches(ip)).toBe('timeout');
});

test('they are gone when the platform takes it out', async () => {
  const { applier, mirror } = under.environment;
  const ip = await addressOf('kept-b', 'first');
  await removeNodeNetwork(applier, AbortSignal.timeout(10_000));
  expect(
    await mirror.until(() => mirror.list('Pod', nodeNetwork).length === 0, 30_000, AbortSignal.timeout(40_000)),
  ).toBe(true);
  expect(await reaches(ip)).toBe('answered');
});
