import { afterEach, beforeEach, expect, test } from 'vitest';
import { identify } from '../../../server/cluster/embedded/process-identity.ts';
import { ensureCluster } from '../../../server/cluster/kind/ensure-cluster.ts';
import { nodeImage } from '../../../server/cluster/kind/node-image.ts';
import { checkTools } from '../../../server/cluster/kind/tools.ts';
import { NodesApi } from '../../kind/api-server.ts';
import { words } from '../../kind/docker-words.ts';
import { Setting } from '../../kind/setting.ts';

const names = ['haechi-control-plane', 'haechi-worker', 'haechi-worker2'];
let setting: Setting;
let api: NodesApi;
beforeEach(async () => {
  setting = await Setting.open();
  api = await NodesApi.start();
  for (const name of names) api.nodes.set(name, true);
  setting.kubeconfigWillBe(api.port);
});
afterEach(async () => {
  await api.stop();
  await setting.close();
});

async function ensure(signal = AbortSignal.timeout(15_000)): Promise<string> {
  const options = { environment: setting.environment, signal };
  const tools = await checkTools(setting.environment, signal);
  return ensureCluster(tools, options, (progress) => setting.told.push(progress));
}
const steps = () => [...new Set(setting.told.map(({ step }) => step))];
const asked = (words: string) => setting.calls.filter((call) => call.startsWith(words));

/** A cluster that was created in an earlier run. */
function thereIs(state = 'running'): void {
  for (const name of names) setting.put(name, state);
  setting.kubeconfigIs(api.port);
}

test('without a cluster one is created, and kind’s steps are told', async () => {
  expect(await ensure()).toContain(`https://127.0.0.1:${api.port}`);
  expect(steps()).toEqual([
    'node-image',
    'nodes',
    'node-configuration',
    'control-plane',
    'network',
    'storage',
    'workers',
    'wait-for-nodes',
  ]);
  expect(asked('kind create')).toEqual([
    expect.stringMatching(
      /^kind create cluster --name haechi --config \/.+\/kind-config\.yaml --wait 5m --kubeconfig \/.+$/,
    ),
  ]);
});

test('where only an archive brought the node image, nodes are made by its tag', async () => {
  const [tag = ''] = (await nodeImage()).split('@');
  setting.putImage(tag);
  await ensure();
  expect(asked('kind create')[0]).toContain(` --image ${tag} `);
  for (const name of names) setting.put(name);
});

test('a cluster that runs is found by its name, and neither created nor started', async () => {
  thereIs();
  await ensure();
  expect(steps()).toEqual(['wait-for-nodes']);
  expect(asked('kind create')).toEqual([]);
  expect(asked('start')).toEqual([]);
});

test('after the machine was started again, so are the nodes that stopped', async () => {
  thereIs('exited');
  setting.put('haechi-worker', 'running');
  await ensure();
  expect(steps()).toEqual(['start-nodes', 'wait-for-nodes']);
  expect(asked('start')).toEqual(['start haechi-control-plane haechi-worker2']);
  expect(asked('kind create')).toEqual([]);
});

test('waits for nodes that are not ready yet', async () => {
  thereIs();
  api.nodes.set('haechi-worker', false);
  const ensuring = ensure();
  await expect.poll(() => api.asked).toBeGreaterThan(1);
  api.nodes.set('haechi-worker', true);
  await ensuring;
});

test('a cluster whose creation was broken off before its workers joined is half-created', async () => {
  thereIs();
  api.nodes.delete('haechi-worker2');
  await expect(ensure()).rejects.toMatchObject({
    code: 'kind-cluster-incomplete',
    message: expect.stringContaining('(it lacks: haechi-worker2)') as string,
  });
});

test.for([['get-kubeconfig'], ['get-kubeconfig-unfinished']])(
  'nodes without a kubeconfig are a half-created cluster (%s)',
  async ([recording = '']) => {
    setting.put('haechi-control-plane');
    setting.kindSays('get-kubeconfig', recording);
    await expect(ensure()).rejects.toMatchObject({
      code: 'kind-cluster-incomplete',
      message:
        'The kind cluster "haechi" has been created only in part (it lacks: kubeconfig). If it is being created just now, wait for that; else delete it (npm run cluster:delete) and start again.',
    });
  },
);

test.for([
  [
    'create-port-in-use',
    'node-port-in-use',
    'The port 40123 of the cluster’s API server is in use by another program.',
  ],
  ['create-port-allocated', 'node-port-in-use', 'The port 40123 of the cluster’s API server is in use'],
  ['create-without-docker', 'docker-not-running', `Docker does not answer: ${words.notRunning} Start it`],
  ['create-denied', 'docker-denied', 'sudo usermod -aG docker $USER'],
  ['create-kubeadm', 'tool-failed', `The command "kind create cluster" failed: ${words.kubeadm} Try it`],
  ['create-exists', 'tool-failed', 'node(s) already exist for a cluster with the name "haechi" Try it'],
  [
    'create-without-image',
    'image-unavailable',
    `The image kindest/node:v1.37.0 could not be fetched: ${words.noNetwork} Connect`,
  ],
] as const)('%s is %s', async ([recording, code, message]) => {
  setting.kindSays('create', recording);
  await expect(ensure()).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
});

test('a port that another program took while the machine was down is named', async () => {
  thereIs('exited');
  setting.fail('start', words.startPortInUse);
  await expect(ensure()).rejects.toMatchObject({
    code: 'node-port-in-use',
    message: expect.stringContaining('The port 40123') as string,
  });
});

test('too little memory is said before anything is created or started, but not to a cluster that runs', async () => {
  setting.dockerSays({ MemTotal: 2_080_000_000 });
  const short = {
    code: 'node-memory-short',
    message: expect.stringContaining('Docker has 2.1 GB of memory. The kind cluster needs 3.5 GB or more.') as string,
  };
  await expect(ensure()).rejects.toMatchObject(short);
  thereIs('exited');
  await expect(ensure()).rejects.toMatchObject(short);
  expect([...asked('kind create'), ...asked('start')]).toEqual([]);
  thereIs();
  await ensure();
});

test('aborting in the middle of creating leaves no process, also none that does not mind an interruption', async () => {
  setting.hold('run');
  const stopping = new AbortController();
  const ensuring = ensure(stopping.signal);
  await expect.poll(() => setting.held, { timeout: 10_000 }).toHaveLength(1);
  stopping.abort(new Error('stopped'));
  await expect(ensuring).rejects.toThrow('stopped');
  await expect.poll(() => setting.held.map(identify)).toEqual([undefined]);
});

test('waiting for nodes can be aborted', async () => {
  thereIs();
  api.nodes.set('haechi-worker', false);
  const stopping = new AbortController();
  const ensuring = ensure(stopping.signal);
  await expect.poll(() => api.asked).toBeGreaterThan(0);
  stopping.abort(new Error('stopped'));
  await expect(ensuring).rejects.toThrow();
});
