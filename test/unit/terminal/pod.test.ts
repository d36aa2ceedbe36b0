import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { V1Pod, V1PodStatus } from '@kubernetes/client-node';
import { expect, onTestFinished, test } from 'vitest';
import type { PodReach } from '../../../server/content/terminal-reach.ts';
import { compilePolicies } from '../../../server/grader/network/compile.ts';
import { judgeFlow } from '../../../server/grader/network/engine.ts';
import type { FlowEnd, FlowProtocol } from '../../../server/grader/network/flow.ts';
import { formatKubeconfig, kubeconfigForPod } from '../../../server/terminal/kubeconfig.ts';
import { commandsFor, commandsForHome, scriptsOf } from '../../../server/terminal/pod/home-files.ts';
import { workbenchImage } from '../../../server/terminal/pod/image.ts';
import { reachPolicy, workbenchPod, workbenchPolicy, workbenchSizes } from '../../../server/terminal/pod/manifests.ts';
import { encode, MessageReader } from '../../../server/terminal/pod/messages.ts';
import { podState, restartWords } from '../../../server/terminal/pod/pod-state.ts';
import { pod as networkPod } from '../network/build.ts';

function pod(status: V1PodStatus, metadata: V1Pod['metadata'] = {}): V1Pod {
  return { metadata, status };
}
function waiting(reason: string, message?: string): V1PodStatus {
  const state = { waiting: { reason, ...(message ? { message } : {}) } };
  return {
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'True' }],
    containerStatuses: [{ name: 'workbench', image: 'a', imageID: '', ready: false, restartCount: 0, state }],
  };
}
function wordsOf(status: V1PodStatus, metadata?: V1Pod['metadata']): string {
  const state = podState(pod(status, metadata));
  const words = state.state === 'stuck' ? state.reason : state.state === 'running' ? '' : state.words.en;
  return `${state.state}: ${words}`;
}

test('how far a workbench pod is, in words', () => {
  expect(wordsOf({ phase: 'Pending' })).toBe('starting: Creating the workbench pod');
  expect(wordsOf(waiting('ContainerCreating'))).toBe(
    'starting: Starting the workbench pod (pulling its image if the node has none)',
  );
  expect(wordsOf(waiting('ErrImagePull', 'x'))).toBe('starting: Pulling the workbench image once more');
  const message = 'Back-off pulling image "a"';
  expect(wordsOf(waiting('ImagePullBackOff', message))).toBe(`stuck: ImagePullBackOff: ${message}`);
  const unschedulable = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message: '0/1 nodes are available.',
  };
  expect(wordsOf({ phase: 'Pending', conditions: [unschedulable] })).toBe(
    'starting: Looking for a node for the workbench pod (0/1 nodes are available)',
  );
  expect(wordsOf({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory. ' })).toBe(
    'gone: The workbench pod was evicted (The node was low on resource: memory)',
  );
  expect(wordsOf({ phase: 'Running' }, { deletionTimestamp: new Date() })).toBe('gone: The workbench pod was deleted');
  expect(wordsOf({ phase: 'Failed', reason: 'NodeLost' })).toBe('gone: The workbench pod ended (NodeLost)');
});

test('why a pod’s shells are gone that runs', () => {
  const restarted = (reason: string): V1Pod => ({
    status: {
      containerStatuses: [
        {
          name: 'workbench',
          image: 'a',
          imageID: '',
          ready: true,
          restartCount: 1,
          lastState: { terminated: { exitCode: 137, reason } },
        },
      ],
    },
  });
  expect(restartWords(restarted('OOMKilled')).en).toBe(
    'The workbench pod was restarted: its processes took too much memory',
  );
  expect(restartWords(restarted('Error')).en).toBe('The workbench pod was restarted');
  expect(restartWords(undefined).ko).toBe('작업용 파드가 다시 시작되었습니다');
});

test('the pod’s image and place', async () => {
  const image = await workbenchImage();
  expect(image).toMatch(/^localhost\/haechi\/workbench:v1\.\d+\.\d+-[0-9a-f]{12}$/);
  const { metadata, spec } = workbenchPod('abc', 'workbench-abc-1', image, workbenchSizes);
  expect(metadata).toEqual({
    name: 'workbench-abc-1',
    namespace: 'haechi-learners',
    labels: { 'app.kubernetes.io/name': 'haechi-workbench', 'haechi.dev/attempt': 'abc' },
  });
  expect(spec?.serviceAccountName).toBe('attempt-abc');
  expect(spec?.containers[0]?.image).toBe(image);
});

test('the policy lets through DNS and the API server, IPv6 too, and nobody in', () => {
  const { spec } = workbenchPolicy({
    service: { address: '10.96.0.1', port: 443 },
    endpoints: [{ address: 'fd00::1', port: 6443 }],
  });
  expect(spec?.ingress).toEqual([]);
  expect(spec?.egress?.slice(1)).toEqual([
    { to: [{ ipBlock: { cidr: '10.96.0.1/32' } }], ports: [{ protocol: 'TCP', port: 443 }] },
    { to: [{ ipBlock: { cidr: 'fd00::1/128' } }], ports: [{ protocol: 'TCP', port: 6443 }] },
  ]);
});

test('one attempt’s workbench reaches the pods and ports that its lab says, and no others do', () => {
  const workbench = workbenchPod('abc', 'workbench-abc-1', 'a', workbenchSizes);
  const api = { service: { address: '10.96.0.1', port: 443 }, endpoints: [] };
  const reaches: PodReach[] = [
    { namespace: 'production-abc', podSelector: { matchLabels: { app: 'web' } }, port: 8080, protocol: 'TCP' },
    { namespace: 'ingress-abc', podSelector: {}, port: 53, protocol: 'UDP' },
  ];
  const policies = [
    workbenchPolicy(api),
    reachPolicy({ metadata: Object.assign({}, workbench.metadata, { uid: 'u' }) }, reaches),
  ];
  const namespaces = ['haechi-learners', 'production-abc', 'ingress-abc', 'production-xyz'];
  const state = compilePolicies(
    policies,
    namespaces.map((name) => ({ metadata: { name } })),
  );
  const shell = (attempt: string, ip: string) =>
    networkPod(`haechi-learners/${attempt}`, workbenchPod(attempt, attempt, 'a', workbenchSizes).metadata?.labels, {
      ips: [ip],
    });
  const ours = shell('abc', '10.244.0.20');
  const theirs = shell('xyz', '10.244.0.21');
  const passes = (from: FlowEnd, to: FlowEnd, port: number, protocol: FlowProtocol = 'TCP') =>
    judgeFlow(state, { from, to, port, protocol }).allowed;
  const web = networkPod('production-abc/web-1', { app: 'web', 'pod-template-hash': '1' });
  const ingress = networkPod('ingress-abc/any', {});
  expect(passes(ours, web, 8080)).toBe(true);
  expect(passes(ours, ingress, 53, 'UDP')).toBe(true);
  for (const [name, passed] of Object.entries({
    'another port': passes(ours, web, 8081),
    'another protocol': passes(ours, ingress, 53),
    'another workload': passes(ours, networkPod('production-abc/db', { app: 'db' }), 8080),
    'another attempt’s pod': passes(ours, networkPod('production-xyz/web', { app: 'web' }), 8080),
    'another attempt’s shell': passes(theirs, web, 8080),
    'shell to shell': passes(ours, theirs, 8080),
    'the way back': passes(web, ours, 8080),
  }))
    expect([name, passed]).toEqual([name, false]);
});

test('the kubeconfig names the API server as pods reach it, and files that are renewed', () => {
  const text = formatKubeconfig(kubeconfigForPod({ address: 'fd00::1', port: 443 }, '/account', 'production'));
  expect(text).toContain('server: https://[fd00::1]:443\n');
  expect(text).toContain('tokenFile: /account/token\n');
  expect(text).toContain('namespace: production\n');
});

test('files of any size and name are written as they are', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'haechi-home-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const text = `'"$(id)\\ 해치\n`.repeat(12_000);
  const file = join(folder, "sub/it's a file");
  const scripts = scriptsOf(commandsFor(file, text, '755'));
  expect(scripts.length).toBeGreaterThan(2);
  for (const script of scripts) {
    expect(Buffer.byteLength(script)).toBeLessThan(128 << 10);
    await promisify(execFile)('bash', ['-c', script]);
  }
  expect(await readFile(file, 'utf8')).toBe(text);
  expect((await stat(file)).mode & 0o777).toBe(0o755);
  expect(() => commandsForHome([{ path: '../x', text: '', executable: false }])).toThrow(
    'the workspace file "../x" is not below the home folder',
  );
});

test('messages are put together from any pieces; one that is too large is refused', () => {
  const bytes = Buffer.concat([encode('O', 'one'), encode('P'), encode('X', Buffer.from([0, 0, 0, 7]))]);
  const reader = new MessageReader();
  const read = [...bytes].flatMap((_, at) => [...reader.read(bytes.subarray(at, at + 1))]);
  expect(read.map(({ letter, rest }) => letter + rest.toString('latin1'))).toEqual(['Oone', 'P', 'X\0\0\0\x07']);
  expect(() => [...new MessageReader().read(Buffer.from('O\xff\xff\xff\xff', 'latin1'))]).toThrow('a message of');
});
