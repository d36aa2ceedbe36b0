import type { RequestOptions } from 'node:https';
import * as k8s from '@kubernetes/client-node';
import { Agent, fetch, type Dispatcher } from 'undici';

/**
 * A KubeConfig that keeps its connections. The one it extends makes a new connection pool for every request, which costs
 * a TLS handshake each time. HTTP/1.1 only: undici ends an idle HTTP/2 session, as one of quiet watches, with an error
 * that nobody can catch.
 */
class PooledKubeConfig extends k8s.KubeConfig {
  #pool: Dispatcher | undefined;

  override async applySecurityAuthentication(context: k8s.RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    this.#pool ??= await this.#createPool(context);
    if (this.#pool) context.setDispatcher(this.#pool);
  }

  async close(): Promise<void> {
    await this.#pool?.destroy();
  }

  async #createPool(context: k8s.RequestContext): Promise<Dispatcher | undefined> {
    const viaProxy = this.getCurrentCluster()?.proxyUrl;
    if (viaProxy) return context.getDispatcher();
    const tls: RequestOptions = {};
    await this.applyToHTTPSOptions(tls);
    const { ca, cert, key, rejectUnauthorized, servername } = tls;
    const connect = Object.fromEntries(
      Object.entries({ ca, cert, key, rejectUnauthorized, servername }).filter(([, value]) => value !== undefined),
    );
    return new Agent({ allowH2: false, connect });
  }
}

/** An answer of the API server that was not a success. */
export class KubeError extends Error {
  /** HTTP status. */
  readonly status: number;
  /** Kubernetes' reason, as `Forbidden` or `NotFound`; empty if the answer was no Status object. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'KubeError';
    this.status = status;
    this.reason = reason;
  }
}

export interface KubeRequest {
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Warnings that the API server sent with an answer (RFC 9111 `Warning: 299`), as Pod Security's on dry runs. */
export interface KubeAnswer<T> {
  value: T;
  warnings: string[];
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

  /**
   * One request by path, for what the typed clients do slowly or not at all. JSON in, JSON out, untyped objects as the
   * server sent them (timestamps stay strings).
   * @throws KubeError when the answer is not 2xx; whatever `fetch` throws when there is no answer.
   */
  async request<T>(method: string, path: string, options: KubeRequest = {}): Promise<KubeAnswer<T>> {
    const url = new URL(this.#server + path);
    for (const [key, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    const context = new k8s.RequestContext(url.toString(), k8s.HttpMethod.GET);
    await this.#config.applySecurityAuthentication(context);
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(options.body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
        ...context.getHeaders(),
        ...options.headers,
      },
      ...(options.body === undefined
        ? {}
        : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
      ...(context.getDispatcher() ? { dispatcher: context.getDispatcher() } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw toKubeError(response.status, text);
    return { value: JSON.parse(text) as T, warnings: parseWarnings(response.headers.get('warning')) };
  }

  /** Ends all connections; requests under way fail. */
  async close(): Promise<void> {
    await this.#config.close();
  }
}

function toKubeError(status: number, text: string): KubeError {
  try {
    const body = JSON.parse(text) as { reason?: string; message?: string };
    return new KubeError(status, body.reason ?? '', body.message ?? text);
  } catch {
    return new KubeError(status, '', text || `HTTP ${status}`);
  }
}

/** Takes the quoted texts out of a `Warning` header: `299 - "text", 299 - "text"`. */
function parseWarnings(header: string | null): string[] {
  return [...(header ?? '').matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) =>
    (match[1] ?? '').replace(/\\(.)/g, '$1'),
  );
}
