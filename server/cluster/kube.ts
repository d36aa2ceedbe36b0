import { Agent, request, type Dispatcher } from 'undici';
import { Connection, type ConnectionOptions } from './connection.ts';
import { toKubeError } from './kube-error.ts';
import { readLines } from './read-lines.ts';

/** Connections for requests, which come in bursts: a TLS handshake costs more than waiting for a short answer. */
const requestConnections = 16;
/** For as long as an idle one is kept; the API server itself keeps one for longer. */
const keepAliveTimeout = 60_000;

export interface KubeRequest {
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface KubeAnswer<T> {
  /** Parsed when it is asked for: most writes are not asked what became of them. */
  readonly value: T;
  /** Those that the API server sent along (RFC 9111 `Warning: 299`), as Pod Security's on dry runs. */
  warnings: string[];
  /** For a later `if-none-match`, which gives a KubeError of status 304 where nothing has changed. */
  etag: string | undefined;
}

/** An event of a watch, as in `metav1.WatchEvent`; an ERROR's object is a Status. */
export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

/** A connection to one API server as one identity. */
export class Kube {
  readonly connection: Connection;
  /** For watches, each of which has a connection to itself. */
  #streams: Dispatcher | undefined;
  #requests: Dispatcher | undefined;

  /** Parameters are those of `Connection`, and it throws as that does. */
  constructor(kubeconfig: string, options?: ConnectionOptions) {
    this.connection = new Connection(kubeconfig, options);
  }

  /** A connection as somebody else. Parameters are the constructor's. */
  as(kubeconfig: string, options?: ConnectionOptions): Kube {
    return new Kube(kubeconfig, options);
  }

  /**
   * One request by path. JSON in, JSON out, untyped objects as the server sent them (timestamps stay strings).
   * @throws KubeError when the answer is not 2xx; undici's error, with its `code`, when there is no answer.
   */
  async request<T>(method: string, path: string, options: KubeRequest = {}): Promise<KubeAnswer<T>> {
    const { headers, text } = await this.#read(method, path, options);
    return {
      get value() {
        return JSON.parse(text) as T;
      },
      warnings: headers.warning === undefined ? [] : parseWarnings(headers.warning),
      etag: [headers.etag ?? []].flat()[0],
    };
  }

  /** A GET of what is no JSON, as `/readyz`. Throws like `request`. */
  async text(path: string, signal?: AbortSignal): Promise<string> {
    const options = { headers: { accept: '*/*' }, ...(signal ? { signal } : {}) };
    return (await this.#read('GET', path, options)).text;
  }

  /**
   * Starts a watch. @returns once the API server has accepted it, its events until it ends them, which it does every few minutes.
   * Abort the signal to be rid of it. Throws like `request`; a lost connection, and the signal, end the events with an error.
   */
  async watch<T>(
    path: string,
    { query, signal }: Required<Pick<KubeRequest, 'query' | 'signal'>>,
  ): Promise<AsyncIterable<WatchEvent<T>>> {
    // HTTP/1.1 only: undici ends an idle HTTP/2 session, as one of quiet watches, with an error that nobody can catch.
    const stream = (tls: object) => (this.#streams ??= new Agent({ allowH2: false, connect: tls }));
    const { body } = await this.#send('GET', path, { query: { ...query, watch: true }, signal }, stream);
    return readEvents(body);
  }

  /** Ends all connections; requests under way fail. */
  async close(): Promise<void> {
    await Promise.all([this.#streams?.destroy(), this.#requests?.destroy(), this.connection.close()]);
  }

  async #read(method: string, path: string, options: KubeRequest) {
    const pool = (tls: object) =>
      (this.#requests ??= new Agent({
        allowH2: false,
        connect: tls,
        connections: requestConnections,
        keepAliveTimeout,
      }));
    const { headers, body } = await this.#send(method, path, options, pool);
    return { headers, text: await body.text() };
  }

  async #send(method: string, path: string, options: KubeRequest, pool: (tls: object) => Dispatcher) {
    const url = new URL(this.connection.cluster.server + path);
    for (const [key, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    const { tls, headers, proxy } = await this.connection.credentials();
    const answer = await request(url, {
      method,
      dispatcher: proxy ?? pool(tls),
      // A DELETE with a body would end its connection otherwise.
      reset: false,
      headers: {
        accept: 'application/json',
        ...(options.body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
        ...headers,
        ...options.headers,
      },
      ...(options.body === undefined
        ? {}
        : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    if (answer.statusCode < 200 || answer.statusCode > 299)
      throw toKubeError(answer.statusCode, await answer.body.text());
    return answer;
  }
}

async function* readEvents<T>(body: AsyncIterable<Buffer>): AsyncGenerator<WatchEvent<T>, void, undefined> {
  for await (const line of readLines(body)) yield JSON.parse(line) as WatchEvent<T>;
}

/** Takes the quoted texts out of a `Warning` header: `299 - "text", 299 - "text"`. */
function parseWarnings(header: string | string[]): string[] {
  return [
    ...[header]
      .flat()
      .join(', ')
      .matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g),
  ].map((match) => (match[1] ?? '').replace(/\\(.)/g, '$1'));
}
