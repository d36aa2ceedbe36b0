import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { stringify } from 'yaml';
import { applyGuard } from '../../server/attempt/guard/guard.ts';
import { systemNamespace } from '../../server/attempt/labels.ts';
import { leaseName, type Lease } from '../../server/cluster/existing/hold/lease.ts';
import { deleteNamespace } from '../../server/cluster/delete-namespace.ts';
import { Kube } from '../../server/cluster/kube.ts';
import { ResourcePaths } from '../../server/cluster/resource-paths.ts';
import type { Attempt } from '../../server/contract/attempt.ts';
import type { ClientToServer, ServerToClient } from '../../server/contract/events.ts';
import { judgePodSecurity, scopeOf } from '../../server/grader/pod-security/pod-security.ts';
import { graderKube } from '../../server/grader/identity.ts';
import { openShell, valueOf } from '../contract/embedded/platform-process.ts';
import { deploy, openKubectl, type Kubectl } from '../contract/deploy/kubectl.ts';
import { whileHolding } from './hold.ts';

const run = promisify(execFile);
const uid = 10001;
const soon = { timeout: 90_000, interval: 500 };

let kubectl: Kubectl;
let admin: Kube;
let folder: string;
let forward: ChildProcess;
let url: string;
/** Where the API server passes on to health and metrics, which are at the pod's address. */
let monitoring: string;

/** The platform under its own manifests: the image of this checkout, a volume of this machine's for its claim. */
beforeAll(async () => {
  kubectl = await openKubectl();
  admin = new Kube(inject('kubeconfig'));
  folder = await mkdtemp(join(tmpdir(), 'haechi-in-cluster-'));
  const script = join(import.meta.dirname, 'images', 'server');
  const image = (await run(script, [inject('kubectl')], { maxBuffer: 2 ** 26 })).stdout.trim();
  await run(join(import.meta.dirname, 'images', 'workbench'), [inject('kubectl')], { maxBuffer: 2 ** 26 });
  const rules = (await run(join(import.meta.dirname, 'images', 'node-network'), { maxBuffer: 2 ** 26 })).stdout.trim();
  const data = join(folder, 'data');
  await mkdir(data);
  await run('chown', [`${uid}:${uid}`, data]);
  await chmod(folder, 0o755);
  await writeFile(join(folder, 'volume.yaml'), stringify(volume(data)));
  const named = (name: string, loaded: string) => {
    const [newName, newTag] = loaded.split(/:(?=[^:]*$)/);
    return { name: `localhost/haechi/${name}`, newName, newTag };
  };
  const overlay = {
    resources: [relative(folder, join(deploy, 'overlays', 'class')), 'volume.yaml'],
    images: [named('server', image), named('node-network', rules)],
  };
  await writeFile(join(folder, 'kustomization.yaml'), stringify(overlay));
  await kubectl('apply', '-k', folder);
  await writeFile(join(folder, 'api-server.yaml'), await kubectl.apiServerPolicy());
  await kubectl('apply', '-f', join(folder, 'api-server.yaml'));
  await kubectl('rollout', 'status', 'deployment/haechi-server', '-n', 'haechi', '--timeout=150s');
  forward = spawn(inject('kubectl'), ['port-forward', '-n', 'haechi', 'deployment/haechi-server', ':8088'], {
    env: { ...process.env, KUBECONFIG: kubectl.kubeconfig },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const { promise: forwarded, resolve, reject } = Promise.withResolvers<string>();
  forward.once('exit', (code) => reject(new Error(`the port-forward ended with ${code}: ${said}`)));
  forward.stdout?.on('data', (data: Buffer) => {
    said += data.toString();
    const at = /127\.0\.0\.1:\d+(?= -> 8088)/.exec(said)?.[0];
    if (at !== undefined) resolve(at);
  });
  url = `http://${await forwarded}`;
  const { stdout: pod } = await kubectl('get', 'pods', '-n', 'haechi', '-o', 'jsonpath={.items[0].metadata.name}');
  monitoring = `/api/v1/namespaces/haechi/pods/http:${pod}:9464/proxy`;
}, 300_000);
afterAll(async () => {
  if (forward.exitCode === null && forward.signalCode === null) {
    forward.kill();
    await once(forward, 'exit');
  }
  await kubectl('delete', 'namespace', 'haechi', 'haechi-node-network', '--ignore-not-found');
  await kubectl('delete', 'persistentvolume', 'haechi-test-data', '--ignore-not-found');
  for (const file of ['confinement.yaml', 'rbac.yaml', 'network-policies.yaml'])
    await kubectl('delete', '-f', join(deploy, 'base', file), '--ignore-not-found');
  const levels = ['enforce', 'audit', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}-`);
  await kubectl('label', 'namespace', 'haechi-system', 'haechi-learners', ...levels);
  // What contains learners was the server's; whoever works with this cluster otherwise is its administrator.
  await whileHolding(() => applyGuard({ kube: admin, paths: new ResourcePaths(admin) }));
  await admin.close();
  await kubectl.close();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

function volume(path: string): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'haechi-test-data' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path },
      claimRef: { namespace: 'haechi', name: 'haechi-data' },
    },
  };
}

async function api<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${url}/api${path}`, {
    method,
    headers: { 'x-haechi': '1', 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function newest(id: string): Promise<Attempt | undefined> {
  return (await api<Attempt[]>('GET', '/attempts')).find((each) => each.id === id);
}

async function metric(line: string): Promise<number> {
  const text = await admin.text(`${monitoring}/metrics`);
  const found = text.split('\n').find((each) => each.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1));
}

/** Types into a new shell of the attempt, as its learner does in the page. */
async function type(attempt: string, text: string): Promise<void> {
  const page: Socket<ServerToClient, ClientToServer> = io(url, { transports: ['websocket'] });
  try {
    const { id } = await openShell(page, attempt);
    let shown = '';
    page.on('terminalWrote', ({ data }) => (shown += Buffer.from(data).toString()));
    valueOf(await page.emitWithAck('terminal:attach', { terminal: id, after: 0 }));
    await expect.poll(() => shown, soon).toContain('$ ');
    valueOf(await page.emitWithAck('terminal:write', { terminal: id, data: text.replaceAll('\n', '\r') }));
    await expect.poll(() => shown, soon).toContain('created');
  } finally {
    page.disconnect();
  }
}

test('its page is served through a port-forward, and it says that it is ready', async () => {
  expect(await (await fetch(url)).text()).toContain('<title>');
  expect(await admin.text(`${monitoring}/readyz`)).toBe('database: ok\ncluster: ready\nlabs: ready\n');
});

test('its own pod passes our grader’s level restricted', async () => {
  const kube = await graderKube({ kube: admin, paths: new ResourcePaths(admin) });
  try {
    const spec = { namespace: 'haechi', enforce: 'restricted' as const, running: ['haechi-server'] };
    const context = {
      kube,
      names: {
        namespaces: { haechi: 'haechi' },
        users: {},
        clusterObjects: {},
        mainNamespace: 'haechi',
        variables: {},
      },
      start: [],
      getFromPod: () => Promise.resolve({ result: 'impossible' as const, detail: 'not asked' }),
      signal: AbortSignal.timeout(30_000),
    };
    expect(await judgePodSecurity(spec, context, scopeOf(spec, [spec]))).toEqual([]);
  } finally {
    await kube.close();
  }
});

test('nodes hold the labs’ pods: it tells them, and may put nothing there itself', async () => {
  const said = async () => (await kubectl('logs', '-n', 'haechi', 'deployment/haechi-server')).stdout;
  await expect.poll(said, soon).toContain('Labs’ pods are fenced off');
});

test('a lab is set up, fixed in a shell, judged, and cleaned up; the numbers follow', async () => {
  const lab = 'week-08/default-deny';
  const { id, mainNamespace } = await api<Attempt>('POST', '/attempts', { lab });
  const settled = async () => {
    const attempt = await newest(id);
    return attempt?.state === 'preparing' ? null : [attempt?.state, attempt?.problem];
  };
  await expect.poll(settled, soon).not.toBeNull();
  expect(await settled()).toEqual(['active', null]);
  const failed = async () =>
    Object.values((await newest(id))?.verdicts ?? {}).filter(({ outcome }) => outcome === 'fail').length;
  await expect.poll(failed, soon).toBeGreaterThan(0);
  expect(await metric('haechi_attempts{state="active"}')).toBe(1);
  expect(await metric(`haechi_setup_duration_seconds_count{lab="${lab}",outcome="ready"}`)).toBe(1);
  // It names the other namespace by the shell's variable.
  const fix = (await readFile(join(deploy, '..', 'labs', lab, 'solution', 'fix.yaml'), 'utf8')).trimEnd();
  await type(id, `k delete networkpolicy allow-all-temporary; k apply -f - <<END\n${fix}\nEND\n`);
  await expect.poll(async () => (await newest(id))?.state, soon).toBe('solved');
  expect(await metric('haechi_attempts{state="solved"}')).toBe(1);
  expect(await metric('haechi_terminals')).toBe(1);
  // It fits what the base asks for.
  expect(await metric('process_resident_memory_bytes')).toBeLessThan(256 * 2 ** 20);
  await api('DELETE', `/attempts/${id}`);
  const { stdout } = await kubectl('get', 'namespaces', '-l', `haechi.dev/attempt=${id}`, '-o', 'name');
  expect(stdout).toBe('');
  await deleteNamespace(admin, mainNamespace);
});

test('a rolling restart hands the cluster on to the next pod', async () => {
  const lease = `/apis/coordination.k8s.io/v1/namespaces/${systemNamespace}/leases/${leaseName}`;
  const spec = async () => (await admin.request<Lease>('GET', lease)).value.spec ?? {};
  const before = await spec();
  expect(before.holderIdentity).toMatch(/^haechi-server-/);
  await kubectl('rollout', 'restart', 'deployment/haechi-server', '-n', 'haechi');
  await kubectl('rollout', 'status', 'deployment/haechi-server', '-n', 'haechi', '--timeout=90s');
  const after = await spec();
  expect(after.holderIdentity).toMatch(/^haechi-server-/);
  expect(after.holderIdentity).not.toBe(before.holderIdentity);
  expect(after.leaseTransitions).toBe((before.leaseTransitions ?? 0) + 1);
  const { stdout } = await kubectl(
    'get',
    'pods',
    '-n',
    'haechi',
    '-o',
    'jsonpath={.items[*].status.containerStatuses[*].restartCount}',
  );
  expect(stdout).toBe('0');
});

test('another namespace reaches neither its pages nor its numbers, and it reaches no lab', async () => {
  const { stdout: ip } = await kubectl('get', 'pods', '-n', 'haechi', '-o', 'jsonpath={.items[0].status.podIP}');
  const name = 'in-cluster-stranger';
  await kubectl('create', 'namespace', name);
  try {
    const command = `for port in 8088 9464; do nc -z -w 3 ${ip} $port && echo open $port; done; echo asked`;
    const image = 'docker.io/library/busybox:1.37';
    await kubectl(
      'run',
      'ask',
      '-n',
      name,
      `--image=${image}`,
      '--image-pull-policy=IfNotPresent',
      '--restart=Never',
      '--',
      'sh',
      '-c',
      command,
    );
    const logs = async () => (await kubectl('logs', 'ask', '-n', name).catch(() => ({ stdout: '' }))).stdout;
    await expect.poll(logs, soon).toBe('asked\n');
  } finally {
    await deleteNamespace(admin, name);
  }
});
