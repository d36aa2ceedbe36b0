import type { CoreV1Event } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openNamespace, soon, type TestNamespace } from './cluster-namespace.ts';

let space: TestNamespace;

beforeAll(async () => {
  space = await openNamespace('node-debug');
  const env = [{ name: 'PASSWORD', value: 'hunter2' }];
  await space.run('web', { image: 'nginx:1.29', command: undefined, env });
});
afterAll(() => space.close());

const statusOf = async (name: string) =>
  (await space.get('web')).status?.ephemeralContainerStatuses?.find((status) => status.name === name);

test('kubectl debug -it gives a shell beside a container, with its processes, files and ports', async () => {
  const { screen, code } = await space.kubectl.type(
    [
      ['pressing enter', '\r'],
      ['# ', 'ps\r'],
      ['# ', 'wget -qO- localhost | head -c 15\r'],
      ['# ', 'ls /proc/1/root/etc/nginx; tr "\\0" "\\n" </proc/1/environ | grep PASS\r'],
      ['# ', 'exit 3\r'],
    ],
    ...['debug', '-it', 'web', '--image=busybox:1.37', '--target=main', '--container=shell', '--profile=general'],
  );
  expect(screen).toMatch(/ 1 root +0:00 nginx -g daemon off;/);
  expect(screen).toContain('<!doctype html>');
  expect(screen).toContain('conf.d');
  expect(screen).toContain('PASSWORD=hunter2');
  expect(code).toBe(0);
  await expect.poll(async () => (await statusOf('shell'))?.state?.terminated, soon).toMatchObject({ exitCode: 3 });
});

test('what runs in one can be entered, and has logs and events of its own', async () => {
  const command = ['--', 'sh', '-c', 'echo here; sleep 60'];
  await space.kubectl('debug', 'web', '--image=busybox:1.37', '--container=quiet', ...command);
  await expect.poll(async () => (await statusOf('quiet'))?.state?.running, soon).toBeDefined();
  expect(await statusOf('quiet')).toMatchObject({ ready: false, restartCount: 0 });
  expect((await space.kubectl('logs', 'web', '-c', 'quiet')).stdout).toBe('here\n');
  const shown = await space.kubectl('exec', 'web', '-c', 'quiet', '--', 'sh', '-c', 'ps; ls /proc/1/root');
  expect(shown.stdout).not.toContain('nginx');
  const path = '/api/v1/namespaces/node-debug/events';
  const { value } = await space.kube.request<{ items: CoreV1Event[] }>('GET', path);
  const ofIt = value.items.filter((event) => event.involvedObject.fieldPath === 'spec.ephemeralContainers{quiet}');
  expect(ofIt.map(({ message }) => message).sort()).toEqual([
    'Container created',
    'Container image "busybox:1.37" already present on machine and can be accessed by the pod',
    'Container started',
  ]);
});

test("without CAP_SYS_PTRACE another user's files stay closed", async () => {
  const securityContext = { runAsUser: 101 };
  await space.run('other', { image: 'nginxinc/nginx-unprivileged:1.29', command: undefined, securityContext });
  const look = ['--', 'sh', '-c', 'ls /proc/1/root; cat /proc/1/environ; echo done'];
  const at = ['--image=busybox:1.37', '--target=main'];
  await space.kubectl('debug', 'other', ...at, '--container=weak', '--profile=baseline', ...look);
  const log = async (name: string) => (await space.kubectl('logs', 'other', '-c', name)).stdout;
  await expect.poll(() => log('weak'), soon).toContain('done');
  expect(await log('weak')).not.toContain('NGINX_VERSION');
  expect(await log('weak')).toContain('Permission denied');
  await space.kubectl('debug', 'other', ...at, '--container=strong', '--profile=general', ...look);
  await expect.poll(() => log('strong'), soon).toContain('NGINX_VERSION');
});

test('an image that is not there is told of, and the pod goes on', async () => {
  await space.kubectl('debug', 'web', '--image=example.com/tools:1', '--container=lost');
  await expect
    .poll(async () => (await statusOf('lost'))?.state?.waiting?.reason, soon)
    .toMatch(/^(ErrImagePull|ImagePullBackOff)$/);
  expect((await space.get('web')).status?.phase).toBe('Running');
});
