import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openNamespace, soon, type TestNamespace } from './cluster-namespace.ts';

let space: TestNamespace;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  space = await openNamespace('node-forward');
  folder = await mkdtemp(join(tmpdir(), 'haechi-forward-'));
  await writeFile(join(folder, 'kubeconfig'), inject('kubeconfig'), { mode: 0o600 });
  await space.run('web', { image: 'nginx:1.29', command: undefined });
  // Nobody may reach it over the network: a forwarded port doesn't come that way.
  await space.apply({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'nobody' },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  });
});
afterAll(async () => {
  for (const child of children) child.kill();
  await rm(folder, { recursive: true });
  await space.close();
});

interface Forward {
  /** Of a port of this machine. */
  address: string;
  said: () => string;
  ended: Promise<unknown>;
}

async function forward(...args: string[]): Promise<Forward> {
  const all = ['--kubeconfig', join(folder, 'kubeconfig'), '-n', 'node-forward', 'port-forward', ...args];
  const child = spawn(inject('kubectl'), all);
  children.push(child);
  let said = '';
  child.stdout.on('data', (part: Buffer) => (said += part.toString()));
  child.stderr.on('data', (part: Buffer) => (said += part.toString()));
  const port = () => /127\.0\.0\.1:(\d+) ->/.exec(said)?.[1] ?? '';
  await expect.poll(port, soon).not.toBe('');
  return { address: `http://127.0.0.1:${port()}`, said: () => said, ended: once(child, 'exit') };
}

test('a forwarded port answers, again and at the same time', async () => {
  const { address } = await forward('pod/web', ':80');
  const first = await fetch(`${address}/`);
  expect(await first.text()).toContain('Welcome to nginx!');
  const statuses = await Promise.all(['/', '/nope', '/'].map(async (path) => (await fetch(address + path)).status));
  expect(statuses).toEqual([200, 404, 200]);
});

test('what is long comes whole', async () => {
  const script = 'head -c 300000 /dev/urandom | base64 >/usr/share/nginx/html/long; wc -c </usr/share/nginx/html/long';
  const { stdout } = await space.kubectl(
    'exec',
    'web',
    '--',
    'sh',
    '-c',
    script.replace('head -c 300000 /dev/urandom', 'seq 100000'),
  );
  const { address } = await forward('web', ':80');
  expect((await (await fetch(`${address}/long`)).text()).length).toBe(Number(stdout.trim()));
});

test("where nothing listens, kubectl says so in a container runtime's words and ends", async () => {
  const { address, said, ended } = await forward('web', ':81');
  await expect(fetch(address)).rejects.toThrow();
  await ended;
  expect(said().replaceAll('\\"', '"')).toMatch(
    /error forwarding port 81 to pod \w{64}, uid : failed to execute portforward in network namespace "\/var\/run\/netns\/cni-[\w-]{36}": failed to connect to localhost:81 inside namespace "\w{64}", IPv4: /,
  );
  expect(said()).toContain('dial tcp4 127.0.0.1:81: connect: connection refused');
  expect(said()).toContain('error: lost connection to pod');
});
