import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { awaitPod } from '../../../server/cluster/existing/probe/await-pod.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import { oneContext } from '../../../server/cluster/one-context.ts';

test('who has what they waited for ends the watch', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cluster = { server: `http://127.0.0.1:${port}` };
  const kube = new Kube(JSON.stringify(oneContext({ cluster, user: { name: 'u', credentials: { token: 'secret' } } })));
  const asked = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
  const name = (pod: { metadata?: { name?: string } }) => pod.metadata?.name;
  const found = awaitPod(kube, { namespace: 'a', pod: 'web' }, name, AbortSignal.timeout(5000));
  const [request, response] = await asked;
  expect(request.url).toBe('/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dweb&watch=true');
  expect(request.headers.authorization).toBe('Bearer secret');
  const closed = once(response, 'close');
  response.write('{"type":"ADDED","object":{"metadata":{"name":"web"}}}\n');
  expect(await found).toBe('web');
  await closed;
  await kube.close();
  server.close();
});
