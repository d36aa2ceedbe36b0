import type { RequestOptions } from 'node:https';
import * as k8s from '@kubernetes/client-node';
import { Agent, request, type Dispatcher } from 'undici';
import { toKubeError } from './kube-error.ts';

/** Connections for requests, which come in bursts: a TLS handshake costs more than waiting for a short answer. */
const requestConnections = 16;
/** For as long as an idle one is kept; the API server itself keeps one for longer. */
const keepAliveTimeout = 60_000;

/**
 * A KubeConfig that keeps its connections. The one it extends makes a new connection pool for every request, which costs
 * a TLS handshake each time. HTTP/1.1 only: undici ends an idle HTTP/2 session, as one of quiet watches, with an error
 * that nobody can catch.
 */
class PooledKubeConfig extends k8s.KubeConfig {
  /** For watches and other streams, each of which has a connection to itself. */
  #streams: Dispatcher | undefined;
  #requests: Dispatcher | undefined;

  override async applySecurityAuthentication(context: k8s.RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    if (this.getCurrentCluster()?.proxyUrl) return;
    const { tls } = await this.#options();
    this.#streams ??= new Agent({ allowH2: false, connect: tls });
    context.setDispatcher(this.#streams);
  }

  /** What a single request is made with. Headers are made anew each time: tokens are renewed. */
  async forRequest(url: URL): Promise<{ headers: Record<string, string>; dispatcher: Dispatcher | undefined }> {
    if (this.getCurrentCluster()?.proxyUrl) {
      const context = new k8s.RequestContext(url.toString(), k8s.HttpMethod.GET);
      await super.applySecurityAuthentication(context);
      this.#requests ??= context.getDispatcher();
      return { headers: context.getHeaders(), dispatcher: this.#requests };
    }
    const { tls, headers } = await this.#options();
    this.#requests ??= new Agent({ allowH2: false, connect: tls, connections: requestConnections, keepAliveTimeout });
    return { headers, dispatcher: this.#requests };
  }

  async close(): Promise<void> {
    await Promise.all([this.#streams?.destroy(), this.#requests?.destroy()]);
  }

  async #options() {
    const options: RequestOptions = {};
    await this.applyToHTTPSOptions(options);
    const { ca, cert, key, rejectUnauthorized, servername, auth } = options;
    const tls = Object.fromEntries(
      Object.entries({ ca, cert, key, rejectUnauthorized, servername }).filter(([, value]) => value !== undefined),
    );
    const headers = { ...(options.headers as Record<string, string> | undefined) };
    if (auth) headers['Authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`;
    return { tls, headers };
  }
}

export interface KubeRequest {
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface KubeAnswer<T> {
  value: T;
  /** Those that the API server sent along (RFC 9111 `Warning: 299`), as Pod Security's on dry runs. */
  warnings: string[];
  /** For a later `if-none-match`, which gives a KubeError of status 304 where nothing has changed. */
  etag: string | undefined;
}

/** A connection to one API server as one identity. Clients share its connection pool. */
export class Kube {
  readonly config: k8s.KubeConfig;
  readonly core: k8s.CoreV1Api;
  readonly #config: PooledKubeConfig;
  readonly #server: string;

  /** @param kubeconfig YAML text of a kubeconfig; its current context is used. */
  constructor(kubeconfig: string) {
    this.#config = new PooledKubeConfig();
    this.#config.loadFromString(kubeconfig);
    this.config = this.#config;
    const cluster = this.config.getCurrentCluster();
    if (!cluster) throw new Error('the kubeconfig has no current context with a cluster');
    this.#server = cluster.server;
    this.core = this.config.makeApiClient(k8s.CoreV1Api);
  }

  /** A connection as somebody else. @param kubeconfig as for the constructor */
  as(kubeconfig: string): Kube {
    return new Kube(kubeconfig);
  }

  /**
   * One request by path, for what the typed clients do slowly or not at all. JSON in, JSON out, untyped objects as the
   * server sent them (timestamps stay strings).
   * @throws KubeError when the answer is not 2xx; undici's error, with its `code`, when there is no answer.
   */
  async request<T>(method: string, path: string, options: KubeRequest = {}): Promise<KubeAnswer<T>> {
    const { value, ...rest } = await this.#send(method, path, options);
    return { value: JSON.parse(value) as T, ...rest };
  }

  /** A GET of what is no JSON, as `/readyz`. Throws like `request`. */
  async text(path: string, signal?: AbortSignal): Promise<string> {
    const options = { headers: { accept: '*/*' }, ...(signal ? { signal } : {}) };
    return (await this.#send('GET', path, options)).value;
  }

  async #send(method: string, path: string, options: KubeRequest): Promise<KubeAnswer<string>> {
    const url = new URL(this.#server + path);
    for (const [key, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    const { headers, dispatcher } = await this.#config.forRequest(url);
    const answer = await request(url, {
      method,
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
      ...(dispatcher ? { dispatcher } : {}),
    });
    const text = await answer.body.text();
    if (answer.statusCode < 200 || answer.statusCode > 299) throw toKubeError(answer.statusCode, text);
    return {
      value: text,
      warnings: parseWarnings(answer.headers.warning),
      etag: [answer.headers.etag ?? []].flat()[0],
    };
  }

  /** Ends all connections; requests under way fail. */
  async close(): Promise<void> {
    await this.#config.close();
  }
}

/** Takes the quoted texts out of a `Warning` header: `299 - "text", 299 - "text"`. */
function parseWarnings(header: string | string[] | undefined): string[] {
  return [
    ...[header ?? []]
      .flat()
      .join(', ')
      .matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g),
  ].map((match) => (match[1] ?? '').replace(/\\(.)/g, '$1'));
}
