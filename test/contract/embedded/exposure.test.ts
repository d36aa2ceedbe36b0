import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { request, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import type { V1Node } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { ProcessIdentity } from '../../../server/cluster/embedded/process-identity.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import { listenersOf } from './processes.ts';

const folder = join(inject('dataFolder'), 'cluster');
let kube: Kube;
let apiServerPort: number;
let kubeletPort: number;

beforeAll(async () => {
  kube = new Kube(inject('kubeconfig'));
  apiServerPort = Number(new URL(kube.connection.cluster.server).port);
  const { value } = await kube.request<V1Node>('GET', '/api/v1/nodes/haechi');
  kubeletPort = value.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
});
afterAll(async () => kube.close());

const certificate = (name: string) => readFile(join(folder, 'certificates', name), 'utf8');

/** What a server on 127.0.0.1 answers, or how it refuses. */
async function ask(port: number, path: string, tls: RequestOptions): Promise<string> {
  return new Promise((resolve) => {
    const asking = request({ host: '127.0.0.1', port, path, agent: false, ...tls }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(`${response.statusCode ?? 0} ${text}`));
    });
    asking.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    asking.end();
  });
}

async function listeners(component: string): Promise<string[]> {
  const note = await readFile(join(folder, 'pids', `${component}.pid`), 'utf8');
  return listenersOf((JSON.parse(note) as ProcessIdentity).pid);
}

test('the API server listens on one port of the loopback, the others on none', async () => {
  expect(await listeners('kube-apiserver')).toEqual([`127.0.0.1:${apiServerPort}`]);
  expect(await listeners('etcd')).toEqual([]);
  expect(await listeners('kube-controller-manager')).toEqual([]);
});

test('etcd’s socket, its data and the keys are in folders that only their owner can enter', async () => {
  for (const path of ['.', 'certificates', 'etcd', 'logs', 'pids']) {
    expect((await stat(join(folder, path))).mode & 0o777, path).toBe(0o700);
  }
  expect((await stat(join(folder, 'etcd.sock'))).isSocket()).toBe(true);
});

test('the API server answers nobody without a certificate, nor one of another authority', async () => {
  const ca = await certificate('cluster-ca.crt');
  const unauthorized = /^401 \{.*"message":"Unauthorized".*\}/s;
  expect(await ask(apiServerPort, '/api/v1/namespaces', { ca })).toMatch(unauthorized);
  expect(await ask(apiServerPort, '/readyz', { ca })).toMatch(unauthorized);
  const of = async (name: string) => ({
    cert: await certificate(`${name}.crt`),
    key: await certificate(`${name}.key`),
  });
  expect(await ask(apiServerPort, '/readyz', { ca, ...(await of('kubelet-client')) })).toMatch(unauthorized);
  expect(await ask(apiServerPort, '/readyz', { ca, ...(await of('administrator')) })).toBe('200 ok');
});

test('the API server shows a certificate of our authority, for its names', async () => {
  const ca = await certificate('node-ca.crt');
  expect(await ask(apiServerPort, '/readyz', { ca })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  const shown = new X509Certificate(await certificate('kube-apiserver.crt'));
  expect(shown.checkIP('127.0.0.1')).toBe('127.0.0.1');
});

test('the node answers the API server alone, by TLS', async () => {
  const ca = await certificate('node-ca.crt');
  const of = async (name: string) => ({
    cert: await certificate(`${name}.crt`),
    key: await certificate(`${name}.key`),
  });
  // The connection is closed before anything is answered.
  const refused = /^(ECONNRESET|ERR_SSL_\w+)$/;
  expect(await ask(kubeletPort, '/healthz', { ca })).toMatch(refused);
  expect(await ask(kubeletPort, '/healthz', { ca, ...(await of('administrator')) })).toMatch(refused);
  expect(await ask(kubeletPort, '/healthz', { ca, ...(await of('kubelet-client')) })).toBe('200 ok');
});
