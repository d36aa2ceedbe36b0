import { request as send, type RequestOptions } from 'node:https';
import { checkServerIdentity } from 'node:tls';
import { isIP } from 'node:net';
import { answer, TlsError, type HttpRequest, type HttpResponse, type Listener, type TlsTrust } from './listener.ts';

/** Where the API server really listens. */
export interface ApiServerPlace {
  host: string;
  port: number;
}

/** How much of an answer a container gets. */
const mostBytes = 8 * 1024 * 1024;

/** Headers of one connection (RFC 9110, section 7.6.1), which a client in a container must not decide on. */
const ofConnection = ['connection', 'upgrade', 'transfer-encoding', 'content-length', 'expect', 'te', 'trailer'];

/** What Node says of a chain of certificates that leads to no authority of the client. */
const untrusted = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]);

/**
 * The API server as containers reach it: the only real address behind the simulated network, and a fixed one. What a
 * container sends goes there as it is, with the container's own credentials and none of the node's.
 */
export function apiServerListener(place: ApiServerPlace): Listener {
  return {
    http: () => Promise.resolve(answer(400, 'Bad Request', 'Client sent an HTTP request to an HTTPS server.\n')),
    https: (request, trust, signal) => forward(place, request, trust, signal),
  };
}

function forward(
  place: ApiServerPlace,
  { method, path, headers, body }: HttpRequest,
  trust: TlsTrust,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const kept = Object.entries(headers).filter(([name]) => !ofConnection.includes(name.toLowerCase()));
  const options: RequestOptions = {
    host: place.host,
    port: place.port,
    method,
    path,
    headers: { ...Object.fromEntries(kept), 'content-length': Buffer.byteLength(body) },
    // A connection of its own: nothing of another client's session is used again.
    agent: false,
    signal,
    ...(trust.authorities === undefined ? {} : { ca: trust.authorities }),
    rejectUnauthorized: trust.verify,
    servername: isIP(trust.host) ? '' : trust.host,
    checkServerIdentity: (_host, certificate) =>
      trust.verify ? checkServerIdentity(trust.host, certificate) : undefined,
  };
  return new Promise((resolve, reject) => {
    const outgoing = send(options, (incoming) => {
      const parts: Buffer[] = [];
      let length = 0;
      const done = () =>
        resolve({
          status: incoming.statusCode ?? 0,
          reason: incoming.statusMessage ?? '',
          headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
          body: Buffer.concat(parts).toString(),
        });
      incoming.on('data', (part: Buffer) => {
        parts.push(part);
        length += part.length;
        if (length <= mostBytes) return;
        outgoing.destroy();
        done();
      });
      incoming.on('end', done);
      incoming.on('error', reject);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => reject(tlsErrorOf(error) ?? error));
    outgoing.end(body);
  });
}

function tlsErrorOf(error: NodeJS.ErrnoException): TlsError | undefined {
  const code = error.code ?? '';
  if (untrusted.has(code)) return new TlsError('untrusted', error.message);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return new TlsError('other name', error.message);
  return code.startsWith('ERR_SSL') ? new TlsError('failed', error.message) : undefined;
}
