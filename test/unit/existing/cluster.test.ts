import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ExistingCluster } from '../../../server/cluster/existing/existing.ts';
import { openLog } from '../../../server/log.ts';

let folder: string;
const stops: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-existing-'));
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await rm(folder, { recursive: true });
});

/** An API server that answers by path; what it doesn't know is not found. */
async function serve(answers: Record<string, (body: string) => object | number>): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const answer = answers[request.url ?? '']?.(body) ?? 404;
      response.statusCode = typeof answer === 'number' ? answer : 200;
      response.end(JSON.stringify(typeof answer === 'number' ? { message: 'no' } : answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function failure(server: string, user: object = { token: 'x' }): Promise<string> {
  const kubeconfig = join(folder, 'config');
  const config = {
    // Kubernetes' client speaks without TLS only where it is told to trust anybody.
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'mine', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'mine',
  };
  await writeFile(kubeconfig, stringify(config));
  const cluster = new ExistingCluster({
    kubeconfig,
    nodeNetwork: 'off',
    log: openLog('silent'),
    environment: { PATH: '', HOME: folder },
  });
  await expect(cluster.start(AbortSignal.timeout(15_000))).rejects.toThrow();
  const { phase, problem } = cluster.status();
  await cluster.stop();
  expect(phase).toBe('failed');
  return `${problem?.code ?? ''}: ${problem?.message.en ?? ''}`;
}

const version = (gitVersion: string) => ({ '/version': () => ({ gitVersion }) });
const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const allow = (allowed: (attributes: Record<string, string>) => boolean) => ({
  [reviews]: (body: string) => {
    const { spec } = JSON.parse(body) as { spec: { resourceAttributes: Record<string, string> } };
    return { status: { allowed: allowed(spec.resourceAttributes) } };
  },
});

test('an API server that does not answer', async () => {
  expect(await failure('http://127.0.0.1:1')).toContain(
    'api-server-unreachable: The API server http://127.0.0.1:1 can not be reached: connect ECONNREFUSED 127.0.0.1:1.',
  );
});

test('credentials that are refused, and a command that gives none', async () => {
  expect(await failure(await serve({ '/version': () => 401 }))).toContain('credentials-refused: ');
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sh',
    args: ['-c', 'echo log in first >&2; exit 1'],
  };
  expect(await failure('http://127.0.0.1:1', { exec: { ...exec, command: '/bin/sh' } })).toContain(
    'credentials-failed: The credentials of the context "mine" could not be had from the command "/bin/sh": log in first.',
  );
  expect(await failure('http://127.0.0.1:1', { exec: { ...exec, command: '/no/such' } })).toContain('ENOENT');
});

test('a cluster that is too old', async () => {
  expect(await failure(await serve(version('v1.29.3')))).toContain(
    'cluster-too-old: The cluster runs Kubernetes v1.29.3.',
  );
});

test('rights that are missing are named all at once', async () => {
  const rights = allow(({ resource = '', verb = '', subresource = '' }) => {
    if (resource === '*' || subresource === 'exec') return false;
    return !(resource === 'clusterroles' && verb === 'bind');
  });
  const server = await serve({ ...version('v1.37.2'), ...rights });
  expect(await failure(server)).toContain(
    'rights-missing: The context "mine" lacks rights in the cluster: get pods/exec, create pods/exec, bind clusterroles.rbac.authorization.k8s.io.',
  );
});

test('nodes that take no pods', async () => {
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  const items = [
    { metadata: { name: 'plane' }, spec: { taints: [{ effect: 'NoSchedule' }] }, status },
    { metadata: { name: 'drained' }, spec: { unschedulable: true }, status },
  ];
  const answers = { ...version('v1.37.2'), ...allow(() => true), '/api/v1/nodes': () => ({ items }) };
  expect(await failure(await serve(answers))).toContain('no-ready-node: No node can run pods (nodes: plane, drained).');
});
