import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { answer, type HttpResponse, type Listener } from './listener.ts';

/** What a request's body, or what is sent to something that doesn't speak HTTP, may have. */
const mostBytes = 1024 * 1024;

/** Lets a client that sends bytes speak with a listener. Resolves when the connection has ended. */
export async function serveBytes(listener: Listener, client: Duplex): Promise<void> {
  const closed = new Promise<void>((resolve) => client.once('close', resolve));
  // A client that goes is no news.
  client.on('error', () => undefined);
  const { http, raw } = listener;
  if (http) {
    const server = createServer((request, response) => void respond(http, request, response));
    server.emit('connection', client);
  } else {
    const input = await bodyOf(client);
    client.end((input === undefined ? undefined : await raw?.(input)) ?? '');
  }
  await closed;
}

async function respond(
  http: NonNullable<Listener['http']>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodyOf(request);
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const { method = 'GET', url: path = '/' } = request;
  const given: HttpResponse =
    body === undefined
      ? answer(413, 'Content Too Large')
      : await http({ method, path, headers: Object.fromEntries(headers), body }).catch(() =>
          answer(500, 'Internal Server Error'),
        );
  const kept = Object.entries(given.headers).filter(([name]) => !ofConnection.has(name.toLowerCase()));
  response.writeHead(given.status, given.reason, {
    ...Object.fromEntries(kept),
    'content-length': Buffer.byteLength(given.body),
  });
  response.end(method === 'HEAD' ? undefined : given.body);
}

/** Headers that are about the connection that the answer came over (RFC 9110, 7.6.1), and its length. */
const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'upgrade']);

/** @returns undefined when there is too much. */
function bodyOf(stream: Readable): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  stream.on('data', (part: Buffer) => {
    length += part.length;
    if (length <= mostBytes) parts.push(part);
  });
  return new Promise((resolve) => {
    const done = () => resolve(length > mostBytes ? undefined : Buffer.concat(parts).toString());
    stream.once('end', done);
    stream.once('close', done);
  });
}
