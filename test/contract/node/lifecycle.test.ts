import { afterAll, beforeAll, expect, test } from 'vitest';
import { openNamespace, soon, type TestNamespace } from './cluster-namespace.ts';

let space: TestNamespace;

beforeAll(async () => {
  space = await openNamespace('node-life');
});
afterAll(() => space.close());

/** Deletes a pod and gives the milliseconds until it is gone. */
async function timeOf(pod: string, ...options: string[]): Promise<number> {
  const began = Date.now();
  expect((await space.kubectl('delete', 'pod', pod, ...options)).code).toBe(0);
  return Date.now() - began;
}

test('a first process without a trap is killed after its grace period', async () => {
  await space.run('deaf', {}, { terminationGracePeriodSeconds: 2 });
  expect(await timeOf('deaf')).toBeGreaterThan(1900);
});

test('nginx ends at once, and so does a shell with a trap', async () => {
  const spec = { terminationGracePeriodSeconds: 20 };
  await space.run('web', { image: 'nginx:1.29', command: undefined }, spec);
  await space.run('trap', { command: ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 1; done'] }, spec);
  expect(await timeOf('web')).toBeLessThan(5000);
  expect(await timeOf('trap')).toBeLessThan(5000);
});

test('force deletion waits for nothing, also when it is ending already', async () => {
  await space.run('stubborn', {}, { terminationGracePeriodSeconds: 30 });
  await space.kubectl('delete', 'pod', 'stubborn', '--wait=false');
  expect(await timeOf('stubborn', '--force', '--grace-period=0')).toBeLessThan(5000);
});

test('a preStop hook runs first, and one that fails is an event', async () => {
  const lifecycle = (script: string) => ({ preStop: { exec: { command: ['sh', '-c', script] } } });
  await space.run('polite', { lifecycle: lifecycle('echo stopping >/proc/1/fd/1; sleep 0.5') });
  const log = space.kubectl('logs', '-f', 'polite');
  await timeOf('polite');
  expect((await log).stdout).toBe('stopping\n');
  await space.run('rude', { lifecycle: lifecycle('exit 7') });
  await timeOf('rude');
  await expect.poll(() => space.events('rude'), soon).toContain('FailedPreStopHook: PreStopHook failed');
});

test('a sidecar starts before and goes on beside', async () => {
  const sidecar = { name: 'side', image: 'busybox:1.37', command: ['sleep', 'infinity'], restartPolicy: 'Always' };
  await space.run('pair', {}, { initContainers: [sidecar] });
  expect((await space.get('pair')).status?.initContainerStatuses?.[0]).toMatchObject({ ready: true, started: true });
});

test('sidecars end after the containers of the pod, the last one first', async () => {
  const said = (name: string) =>
    `trap "echo ${name} ends >>/log/all; sleep 0.2; exit 0" TERM; while true; do sleep 0.1; done`;
  const volumeMounts = [{ name: 'log', mountPath: '/log' }];
  const side = (name: string, script = said(name)) => ({
    ...{ name, image: 'busybox:1.37', command: ['sh', '-c', script], restartPolicy: 'Always', volumeMounts },
  });
  const last = `trap "sleep 0.1; cat /log/all; exit 0" TERM; while true; do sleep 0.1; done`;
  await space.run(
    'ordered',
    { command: ['sh', '-c', said('main')], volumeMounts },
    {
      initContainers: [side('first', last), side('second'), side('third')],
      volumes: [{ name: 'log', emptyDir: {} }],
      terminationGracePeriodSeconds: 20,
    },
  );
  const log = space.kubectl('logs', '-f', 'ordered', '-c', 'first');
  await timeOf('ordered');
  expect((await log).stdout).toBe('main ends\nthird ends\nsecond ends\n');
});

test("a container's last words are in its status", async () => {
  const ended = async (pod: string) => (await space.get(pod)).status?.containerStatuses?.[0]?.state?.terminated;
  const once = { restartPolicy: 'Never' };
  const securityContext = { readOnlyRootFilesystem: true, runAsUser: 1000 };
  const script = (text: string) => ({ command: ['sh', '-c', text] });
  await space.start('written', { ...script('echo -n no disk >/dev/termination-log; exit 4'), securityContext }, once);
  const fallback = { terminationMessagePolicy: 'FallbackToLogsOnError' };
  await space.start('logged', { ...script('echo one; echo two; exit 1'), ...fallback }, once);
  await space.start('well', { ...script('echo one'), ...fallback }, once);
  await expect.poll(() => ended('written'), soon).toMatchObject({ exitCode: 4, reason: 'Error', message: 'no disk' });
  await expect.poll(() => ended('logged'), soon).toMatchObject({ exitCode: 1, message: 'one\ntwo\n' });
  await expect.poll(() => ended('well'), soon).toMatchObject({ exitCode: 0, reason: 'Completed' });
  expect((await ended('well'))?.message).toBeUndefined();
});

test('logs: what comes, the last lines, the container before', async () => {
  const script = 'for i in 1 2 3; do echo line $i; sleep 0.2; done';
  await space.start('teller', { command: ['sh', '-c', script] }, { restartPolicy: 'Never' });
  await expect.poll(async () => (await space.get('teller')).status?.phase, soon).not.toBe('Pending');
  expect((await space.kubectl('logs', '-f', 'teller')).stdout).toBe('line 1\nline 2\nline 3\n');
  expect((await space.kubectl('logs', '--tail=1', 'teller')).stdout).toBe('line 3\n');
  expect((await space.kubectl('logs', '--limit-bytes=4', 'teller')).stdout).toBe('line');
  expect((await space.kubectl('logs', '--timestamps', '--tail=1', 'teller')).stdout).toMatch(/^\d{4}-.*Z line 3\n$/);
  expect((await space.kubectl('logs', '--previous', 'teller')).stderr).toContain(
    'previous terminated container "main" in pod "teller" not found',
  );
});

test('logs of what has not started say why', async () => {
  const told = async (pod: string) => (await space.kubectl('logs', pod)).stderr;
  await space.start('nowhere', { image: 'example.com/unknown:1' });
  await expect.poll(() => told('nowhere'), soon).toContain('is waiting to start: trying and failing to pull image');
  await space.start(
    'later',
    {},
    { initContainers: [{ name: 'first', image: 'busybox:1.37', command: ['sleep', '60'] }] },
  );
  await expect
    .poll(() => told('later'), soon)
    .toContain('container "main" in pod "later" is waiting to start: PodInitializing');
});

test('a gRPC probe waits for somebody who speaks it', async () => {
  await space.start('grpc', { readinessProbe: { grpc: { port: 80 }, periodSeconds: 1 } });
  const within = 'within 1s: context deadline exceeded';
  await expect
    .poll(async () => (await space.events('grpc')).join('\n'), soon)
    .toMatch(
      new RegExp(`Unhealthy: Readiness probe failed: timeout: failed to connect service "[\\d.]+:80" ${within}`),
    );
});

test('a startup probe is first tried at its next turn, which is not the start of the container', async () => {
  const began = Date.now();
  await space.run('startup', { startupProbe: { exec: { command: ['true'] }, periodSeconds: 2 } });
  expect(Date.now() - began).toBeGreaterThanOrEqual(1500);
});
