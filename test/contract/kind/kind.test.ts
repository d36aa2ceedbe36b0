import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { clusterName, configPath, rootFolder } from '../../../server/cluster/kind/names.ts';
import { nodeImage } from '../../../server/cluster/kind/node-image.ts';
import { words } from '../../kind/docker-words.ts';
import { Setting } from '../../kind/setting.ts';
import { buildKind, hasGo, record } from './real-kind.ts';

// Where the gate runs, there is Go: it builds the embedded cluster's programs.
const skip =
  !(await hasGo()) && process.env['HAECHI_GATE'] === undefined
    ? 'Go is not installed, which builds the real kind'
    : undefined;

let folder = '';
let kind = '';
let setting: Setting;
beforeAll(async () => {
  if (skip !== undefined) return;
  folder = await buildKind();
  kind = join(folder, 'kind');
}, 600_000);
afterAll(async () => {
  if (folder !== '') await rm(folder, { recursive: true, force: true });
});
beforeEach(async (context) => {
  context.skip(skip !== undefined, skip);
  setting = await Setting.open();
  setting.kubeconfigWillBe(40123);
});
afterEach(async () => setting.close());

const create = ['create', 'cluster', '--name', clusterName, '--config', configPath, '--wait', '5m', '--kubeconfig'];
const createHere = () => record(kind, [...create, join(setting.folder, 'kubeconfig')], setting);
const recorded = (name: string) => join(rootFolder, 'test', 'kind', 'recorded', `${name}.txt`);

test('kind reads kind-config.yaml: one control plane and two workers of its own default image', async () => {
  setting.putImage(await nodeImage());
  await expect(await createHere()).toMatchFileSnapshot(recorded('create'));
  const runs = setting.calls.filter((call) => call.startsWith('run '));
  expect(runs.map((call) => /--name (\S+)/.exec(call)?.[1]).toSorted()).toEqual([
    'haechi-control-plane',
    'haechi-worker',
    'haechi-worker2',
  ]);
  const defaults = await readFile(join(await moduleFolder(), 'pkg', 'apis', 'config', 'defaults', 'image.go'), 'utf8');
  const image = /const Image = "([^"]+)"/.exec(defaults)?.[1];
  for (const call of runs) expect(call.split(' ').at(-1)).toBe(image);
  // Only the API server is published, on loopback.
  const published = runs.flatMap((call) => call.match(/--publish=\S+/g) ?? []);
  expect(published).toEqual([expect.stringMatching(/^--publish=127\.0\.0\.1:\d+:6443\/TCP$/)]);
  const mounts = runs.flatMap((call) => call.match(/--volume=\S+/g) ?? []);
  expect(mounts).toEqual([`--volume=${rootFolder}/server/cluster/api-server:/etc/kubernetes/haechi:ro`]);
});

test('kubeadm is told to audit and to configure Pod Security, by files that are mounted', async () => {
  setting.putImage(await nodeImage());
  await createHere();
  const text = await readFile(join(setting.folder, 'written', 'haechi-control-plane-kubeadm.conf'), 'utf8');
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
  const { apiServer } = documents.find((each) => each['kind'] === 'ClusterConfiguration') as {
    apiServer: { extraArgs: { name: string; value: string }[]; extraVolumes: Record<string, unknown>[] };
  };
  const files = '/etc/kubernetes/haechi';
  expect(Object.fromEntries(apiServer.extraArgs.map(({ name, value }) => [name, value]))).toEqual({
    'runtime-config': '',
    'audit-policy-file': `${files}/audit-policy.yaml`,
    'audit-log-path': '/var/log/kubernetes/audit.log',
    'audit-log-mode': 'batch',
    'audit-log-maxsize': '20',
    'audit-log-maxbackup': '2',
    'admission-control-config-file': `${files}/admission.yaml`,
  });
  expect(apiServer.extraVolumes).toEqual([
    { name: 'haechi', hostPath: files, mountPath: files, readOnly: true, pathType: 'Directory' },
    {
      name: 'audit-log',
      hostPath: '/var/log/kubernetes',
      mountPath: '/var/log/kubernetes',
      pathType: 'DirectoryOrCreate',
    },
  ]);
  for (const name of ['audit-policy.yaml', 'admission.yaml']) {
    const file = parse(await readFile(join(rootFolder, 'server', 'cluster', 'api-server', name), 'utf8')) as unknown;
    expect(file).toHaveProperty('kind');
  }
});

test('the words that the runner knows are kind’s own', async () => {
  await expect(await record(kind, ['version'], setting, 'stdout')).toMatchFileSnapshot(recorded('version'));
  await expect(await record(kind, ['get', 'kubeconfig', '--name', clusterName], setting)).toMatchFileSnapshot(
    recorded('get-kubeconfig'),
  );
  setting.put('haechi-control-plane');
  await expect(await record(kind, ['get', 'kubeconfig', '--name', clusterName], setting)).toMatchFileSnapshot(
    recorded('get-kubeconfig-unfinished'),
  );
  await expect(await createHere()).toMatchFileSnapshot(recorded('create-exists'));
  await expect(
    await record(kind, ['load', 'image-archive', configPath, '--name', clusterName], setting),
  ).toMatchFileSnapshot(recorded('load'));
  setting.fail('exec-ctr', words.contentMissing);
  await expect(
    await record(kind, ['load', 'image-archive', configPath, '--name', clusterName], setting),
  ).toMatchFileSnapshot(recorded('load-broken'));
});

test.for([
  ['create-port-in-use', 'run-haechi-control-plane', words.portInUse],
  ['create-port-allocated', 'run-haechi-control-plane', words.portAllocated],
  ['create-without-docker', 'info', words.notRunning],
  ['create-denied', 'info', words.denied],
  ['create-kubeadm', 'exec-kubeadm', words.kubeadm],
] as const)('%s', async ([name, command, words]) => {
  setting.putImage(await nodeImage());
  setting.fail(command, words);
  await expect(await createHere()).toMatchFileSnapshot(recorded(name));
});

test('create-without-image: kind tries five times', async () => {
  setting.fail('pull', words.noNetwork);
  await expect(await createHere()).toMatchFileSnapshot(recorded('create-without-image'));
  expect(setting.calls.filter((call) => call.startsWith('pull '))).toHaveLength(5);
});

async function moduleFolder(): Promise<string> {
  const { execFileSync } = await import('node:child_process');
  return execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kind'], {
    cwd: join(import.meta.dirname, 'program'),
    encoding: 'utf8',
  }).trim();
}
