import { expect, test } from 'vitest';
import { Connection } from '../../../server/cluster/connection.ts';
import { oneContext } from '../../../server/cluster/one-context.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const connection = (cluster: object, credentials: Record<string, unknown> = {}) =>
  new Connection(JSON.stringify(oneContext({ cluster, user: { name: 'u', credentials } })));

test('certificates and tokens that stand in the kubeconfig', async () => {
  const cluster = {
    server: 'https://10.0.0.1:6443',
    'certificate-authority-data': base64('authority'),
    'tls-server-name': 'kubernetes',
  };
  const byCertificate = { 'client-certificate-data': base64('certificate'), 'client-key-data': base64('key') };
  const { tls, headers, proxy } = await connection(cluster, byCertificate).credentials();
  expect(tls).toEqual({
    ca: Buffer.from('authority'),
    cert: Buffer.from('certificate'),
    key: Buffer.from('key'),
    servername: 'kubernetes',
  });
  expect([headers, proxy]).toEqual([{}, undefined]);
  expect((await connection(cluster, { token: 'secret' }).credentials()).headers).toEqual({
    authorization: 'Bearer secret',
  });
  const trusting = { server: cluster.server, 'insecure-skip-tls-verify': true };
  expect((await connection(trusting).credentials()).tls).toEqual({ rejectUnauthorized: false });
});

test('names and passwords, as the client has them', async () => {
  const { headers } = await connection({ server: 'https://a' }, { username: 'minji', password: 'pw' }).credentials();
  expect(headers).toEqual({ authorization: `Basic ${base64('minji:pw')}` });
});

test('through a proxy, which is opened once', async () => {
  const through = connection({ server: 'https://a', 'proxy-url': 'http://127.0.0.1:9' });
  const { proxy } = await through.credentials();
  expect(proxy).toBeDefined();
  expect((await through.credentials()).proxy).toBe(proxy);
  await through.close();
});

test('nothing else of a kubeconfig is passed on', () => {
  const { cluster } = connection({ server: 'https://a', extensions: [{ name: 'x', extension: { path: '/home/me' } }] });
  expect(cluster).toEqual({ server: 'https://a' });
});

test.each([
  ['text', 'this is no kubeconfig'],
  ['{clusters: [], contexts: [], current-context: x}', 'no current context with a cluster'],
])('%s is refused', (text, message) => {
  expect(() => new Connection(text)).toThrow(message);
});
