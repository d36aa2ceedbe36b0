import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownerVariable } from '../../../server/cluster/embedded/leftovers.ts';
import { findByEnvironment, isAlive, type ProcessIdentity } from '../../../server/cluster/embedded/process-identity.ts';
import { administratorOf, openShell, PlatformProcess, valueOf } from './platform-process.ts';
import { descendantsOf, pids, programOf } from './processes.ts';

const components = ['etcd', 'kube-apiserver', 'kube-controller-manager'];
const configMaps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
/** A claim, and a pod that writes each of its starts down in it. */
const countingStarts: [path: string, object: object][] = [
  [
    '/api/v1/namespaces/default/persistentvolumeclaims',
    {
      metadata: { name: 'starts' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
    },
  ],
  [
    pods,
    {
      metadata: { name: 'counting' },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'main',
            image: 'busybox:1.37',
            command: ['sh', '-c', 'echo start >> /data/starts; cat /data/starts; sleep infinity'],
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'starts' } }],
      },
    },
  ],
];
const soon = { timeout: 20_000, interval: 50 };
let folder: string;
let platform: PlatformProcess;
let attempt: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-platform-'));
  platform = new PlatformProcess(folder);
  await platform.ready();
});
afterAll(async () => {
  await platform.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

/** Types into a new shell something that goes on, and resolves when it does. */
async function work(): Promise<void> {
  const page = platform.connect();
  try {
    const { id } = await openShell(page, attempt);
    let shown = '';
    page.on('terminalWrote', ({ data }) => (shown += Buffer.from(data).toString()));
    valueOf(await page.emitWithAck('terminal:attach', { terminal: id, after: 0 }));
    await expect.poll(() => shown, soon).toContain('$ ');
    valueOf(await page.emitWithAck('terminal:write', { terminal: id, data: 'sleep 1234 & echo go"ing"\r' }));
    await expect.poll(() => shown, soon).toContain('going');
  } finally {
    page.disconnect();
  }
}

function componentsOf(processes: ProcessIdentity[]): string[] {
  return processes
    .map(programOf)
    .filter((name) => components.includes(name))
    .toSorted();
}

test('an attempt with a shell at work', async () => {
  ({ id: attempt } = await platform.request<{ id: string }>('POST', '/attempts', { lab: 'week-08/default-deny' }));
  await expect.poll(async () => (await platform.attempt(attempt))?.state, soon).toBe('active');
  await work();
  expect(componentsOf(descendantsOf(platform.pid))).toEqual(components);
});

test('a second platform on the same data folder is refused, and names the first', async () => {
  const second = new PlatformProcess(folder);
  expect((await second.end()).code).toBe(1);
  expect(second.output).toBe(
    `The data folder ${folder} is in use by another Haechi (process ${platform.pid}). ` +
      'End that one, or name another data folder.\n',
  );
  expect((await fetch(`${platform.url}/healthz`)).status).toBe(200);
});

test('a second platform on the same port is refused, and leaves no process', async () => {
  const { port } = new URL(platform.url);
  const other = join(folder, 'other');
  const second = new PlatformProcess(other, ['--port', port]);
  expect((await second.end()).code).toBe(1);
  expect(second.output).toContain(
    `The port ${port} is in use by another program. End that one, or name another port (--port).\n`,
  );
  expect(findByEnvironment(pids(), ownerVariable, join(other, 'cluster'))).toEqual([]);
});

test('killed and started again: what was left is ended, objects, files of claims and attempt are as they were', async () => {
  const before = await administratorOf(folder);
  for (const [path, body] of countingStarts) await before.request('POST', path, { body });
  await expect.poll(() => readdir(join(folder, 'cluster', 'storage')), soon).toHaveLength(1);
  await before.request('POST', configMaps, {
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' }, data: { word: '해치' } },
  });
  await before.close();
  const started = descendantsOf(platform.pid);
  await platform.end('SIGKILL');
  expect(componentsOf(started.filter(isAlive))).toEqual(components);

  platform = new PlatformProcess(folder);
  await platform.ready();
  expect(started.filter(isAlive).map(programOf)).toEqual([]);
  const after = await administratorOf(folder);
  const { value } = await after.request<{ data: object }>('GET', `${configMaps}/kept`);
  await expect.poll(() => after.text(`${pods}/counting/log`).catch(String), soon).toBe('start\nstart\n');
  await after.close();
  expect(value.data).toEqual({ word: '해치' });
  expect((await platform.attempt(attempt))?.state).toBe('active');
});

test('SIGTERM while the API server is stuck: all is ended within 5 s all the same', async () => {
  await work();
  const started = descendantsOf(platform.pid);
  const stuck = started.find((each) => programOf(each) === 'kube-apiserver');
  process.kill(stuck?.pid ?? 0, 'SIGSTOP');
  const { code, milliseconds } = await platform.end('SIGTERM');
  expect(code).toBe(0);
  expect(milliseconds).toBeLessThan(5000);
  expect(started.filter(isAlive).map(programOf)).toEqual([]);

  platform = new PlatformProcess(folder);
  await platform.ready();
  expect((await platform.attempt(attempt))?.state).toBe('active');
});

test('SIGTERM while shells are at work: all is ended within 5 s, and no process is left', async () => {
  await work();
  const started = descendantsOf(platform.pid);
  expect(componentsOf(started)).toEqual(components);
  expect(started.map(programOf)).toContain('bash');
  const { code, milliseconds } = await platform.end('SIGTERM');
  expect(code).toBe(0);
  expect(milliseconds).toBeLessThan(5000);
  expect(started.filter(isAlive).map(programOf)).toEqual([]);
  expect(findByEnvironment(pids(), ownerVariable, join(folder, 'cluster'))).toEqual([]);
});
