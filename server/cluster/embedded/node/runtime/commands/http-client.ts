import { TlsError, type HttpRequest, type HttpResponse, type TlsTrust } from '../network/listener.ts';
import type { Inside } from '../process.ts';
import { resolverPatience, wait } from './patience.ts';

export interface ClientRequest {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string;
  trust: Pick<TlsTrust, 'authorities' | 'verify'>;
  /** Seconds until it gives up: to connect, and in all. */
  connectPatience: number;
  patience: number;
}

export type ClientAnswer =
  | { result: 'answered'; ip: string; response: HttpResponse }
  /** What answers speaks something else; `wrote` is what it said. */
  | { result: 'not http'; ip: string; wrote: string }
  | { result: 'untrusted'; ip: string; error: TlsError }
  | { result: 'refused' | 'timeout' | 'late'; ip: string }
  | { result: 'unresolved'; lost: boolean };

/** The port that a URL means. */
export function portOf(url: URL): number {
  return Number(url.port || (url.protocol === 'https:' ? 443 : 80));
}

/** A URL as a user types it: without a scheme it is http. */
export function toUrl(text: string): URL | undefined {
  const full = /^https?:\/\//.test(text) ? text : `http://${text}`;
  return !text.includes(' ') && URL.canParse(full) ? new URL(full) : undefined;
}

/** Makes one HTTP request from inside a container, and waits as long as a real client would. */
export async function request(inside: Inside, signal: AbortSignal, wanted: ClientRequest): Promise<ClientAnswer> {
  const { url, method, headers, body, connectPatience, patience } = wanted;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const connection = inside.network.connect(inside.setup.pod, host, portOf(url));
  if (connection.result === 'unresolved') {
    if (connection.lost) await wait(Math.min(resolverPatience, connectPatience), signal);
    return connection;
  }
  const { ip } = connection;
  if (connection.result === 'timeout') await wait(connectPatience, signal);
  if (connection.result !== 'open') return { result: connection.result, ip };
  const { listener } = connection;
  const send: HttpRequest = { method, path: url.pathname + url.search, headers: { host: url.host, ...headers }, body };
  const end = new AbortController();
  const both = AbortSignal.any([signal, end.signal]);
  const exchange = async (): Promise<ClientAnswer> => {
    if (url.protocol === 'https:') {
      if (!listener.https) return { result: 'untrusted', ip, error: new TlsError('failed', 'it speaks no TLS') };
      const response = await listener.https(send, { ...wanted.trust, host }, both);
      return { result: 'answered', ip, response };
    }
    if (listener.http) return { result: 'answered', ip, response: await listener.http(send) };
    return { result: 'not http', ip, wrote: (await listener.raw?.(body)) ?? '' };
  };
  try {
    return await Promise.race([exchange(), wait(patience, both).then(() => ({ result: 'late' as const, ip }))]);
  } catch (error) {
    if (error instanceof TlsError) return { result: 'untrusted', ip, error };
    if (signal.aborted) return { result: 'late', ip };
    // The API server is away: nothing listens there now.
    return { result: 'refused', ip };
  } finally {
    end.abort();
  }
}
