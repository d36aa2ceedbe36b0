import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { chooseContext } from '../../../server/cluster/existing/kubeconfig.ts';
import { Connection } from '../../../server/cluster/connection.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-account-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

const environment = (more: Record<string, string> = {}) => ({
  HOME: folder,
  KUBERNETES_SERVICE_HOST: '10.0.0.1',
  KUBERNETES_SERVICE_PORT: '443',
  ...more,
});
const choose = (more?: Record<string, string>, options = {}) =>
  chooseContext({ environment: environment(more), accountFolder: folder, ...options });

async function mount(token: string): Promise<void> {
  await writeFile(join(folder, 'token'), token);
  await writeFile(join(folder, 'ca.crt'), 'authority');
}

test('in a pod it is the cluster around it, and the token is read again', async () => {
  await mount('first');
  const context = await choose();
  expect(context).toMatchObject({ name: 'in-cluster', server: 'https://10.0.0.1:443', from: folder, command: null });
  expect(context.text).not.toContain('first');
  const connection = new Connection(context.text);
  const authorization = async () => (await connection.credentials()).headers['Authorization'];
  expect((await connection.credentials()).tls.ca?.toString()).toBe('authority');
  expect(await authorization()).toBe('Bearer first');
  await mount('second');
  vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] });
  expect(await authorization()).toBe('Bearer second');
});

test('an address of IPv6 is in brackets', async () => {
  await mount('token');
  expect(await choose({ KUBERNETES_SERVICE_HOST: 'fd00::1' })).toMatchObject({ server: 'https://[fd00::1]:443' });
});

test('whatever is named goes before it, and so does a file in the home folder', async () => {
  await mount('token');
  const missing = { code: 'kubeconfig-missing' };
  await expect(choose({ KUBECONFIG: join(folder, 'none') })).rejects.toMatchObject(missing);
  await expect(choose({}, { kubeconfig: join(folder, 'none') })).rejects.toMatchObject(missing);
  await expect(choose({}, { context: 'mine' })).rejects.toMatchObject(missing);
});

test('outside of a pod, or without a mounted account, a kubeconfig is missing', async () => {
  await expect(choose()).rejects.toMatchObject({ code: 'kubeconfig-missing' });
  await mount('token');
  await expect(choose({ KUBERNETES_SERVICE_HOST: '' })).rejects.toMatchObject({ code: 'kubeconfig-missing' });
});

test('an account without an authority can’t be used', async () => {
  await writeFile(join(folder, 'token'), 'token');
  await expect(choose()).rejects.toMatchObject({ code: 'kubeconfig-unreadable' });
});
