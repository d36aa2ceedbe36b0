import type { RequestOptions } from 'node:https';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import { parse } from 'yaml';
import { z } from 'zod';

const Text = z.string().nullish();
const ClusterEntry = z.object({
  server: z.string(),
  'certificate-authority-data': Text,
  'certificate-authority': Text,
  'insecure-skip-tls-verify': z.boolean().nullish(),
  'tls-server-name': Text,
  'proxy-url': Text,
});
const User = z.record(z.string(), z.unknown());
const Kubeconfig = z.object({
  clusters: z.array(z.object({ name: z.string(), cluster: ClusterEntry })),
  users: z.array(z.object({ name: z.string(), user: User.nullish() })).nullish(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: Text }) })),
  'current-context': z.string(),
});

/** How an API server is reached, as a kubeconfig's `cluster`. */
export type ClusterEntry = z.infer<typeof ClusterEntry>;

/** What one request is sent with. */
export interface Credentials {
  tls: TlsOptions;
  headers: Record<string, string>;
  /** The way through a proxy, where there is one. */
  proxy?: Dispatcher | undefined;
}

/** A user who has no more than these needs no library to be understood. */
const PlainUser = z.strictObject({
  'client-certificate-data': z.string().optional(),
  'client-key-data': z.string().optional(),
  token: z.string().optional(),
});

export interface ConnectionOptions {
  /** Gives an `Authorization` header's value, asked for each request; the kubeconfig's user has none then. */
  authorization?: () => Promise<string>;
}

/** Where an API server is, and who asks it: a kubeconfig's current context. */
export class Connection {
  readonly cluster: ClusterEntry;
  readonly #kubeconfig: string;
  readonly #plain: Credentials | null;
  readonly #authorization: ConnectionOptions['authorization'];
  #client: Promise<KubeConfig> | undefined;
  #proxy: Promise<Dispatcher | undefined> | undefined;

  /**
   * @param kubeconfig YAML text; its current context is used.
   * @throws Error when it is none, or has no current context with a cluster
   */
  constructor(kubeconfig: string, { authorization }: ConnectionOptions = {}) {
    const result = Kubeconfig.safeParse(parse(kubeconfig));
    if (!result.success) throw new Error(`this is no kubeconfig: ${z.prettifyError(result.error)}`);
    const { clusters, users, contexts, 'current-context': current } = result.data;
    const context = contexts.find(({ name }) => name === current)?.context;
    const cluster = clusters.find(({ name }) => name === context?.cluster)?.cluster;
    if (!context || !cluster) throw new Error('the kubeconfig has no current context with a cluster');
    this.cluster = cluster;
    this.#kubeconfig = kubeconfig;
    this.#authorization = authorization;
    this.#plain = plainCredentials(cluster, users?.find(({ name }) => name === context.user)?.user ?? {});
  }

  /** Asked for each request: what gives tokens may have a new one. Rejects when it has none. */
  async credentials(): Promise<Credentials> {
    const credentials = this.#plain ?? (await this.#clientCredentials());
    if (!this.#authorization) return credentials;
    return { ...credentials, headers: { ...credentials.headers, authorization: await this.#authorization() } };
  }

  async #clientCredentials(): Promise<Credentials> {
    const config = await this.client();
    this.#proxy ??= openProxy(config);
    return { ...(await clientCredentials(config)), proxy: await this.#proxy };
  }

  /**
   * The same as Kubernetes' client has it. Its classes for all APIs take 80 MB, so that it is loaded only for what needs it: commands
   * that give credentials, files of tokens, proxies, exec.
   */
  client(): Promise<KubeConfig> {
    return (this.#client ??= loadClient(this.#kubeconfig));
  }

  async close(): Promise<void> {
    await (await this.#proxy)?.destroy();
  }
}

/** @returns null where it takes more than what stands in the kubeconfig. */
function plainCredentials(cluster: ClusterEntry, user: z.infer<typeof User>): Credentials | null {
  const plain = PlainUser.safeParse(user);
  if (!plain.success || cluster['proxy-url'] || cluster['certificate-authority']) return null;
  const { token, 'client-certificate-data': certificate, 'client-key-data': key } = plain.data;
  const authority = cluster['certificate-authority-data'];
  return {
    tls: {
      ...(authority ? { ca: decode(authority) } : {}),
      ...(certificate ? { cert: decode(certificate) } : {}),
      ...(key ? { key: decode(key) } : {}),
      ...(cluster['insecure-skip-tls-verify'] ? { rejectUnauthorized: false } : {}),
      ...(cluster['tls-server-name'] ? { servername: cluster['tls-server-name'] } : {}),
    },
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  };
}

function decode(data: string): Buffer {
  return Buffer.from(data, 'base64');
}

async function loadClient(kubeconfig: string): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  return config;
}

async function clientCredentials(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, rejectUnauthorized, servername, auth } = options;
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key, rejectUnauthorized, servername }).filter(([, value]) => value !== undefined),
  );
  const headers = { ...(options.headers as Record<string, string> | undefined) };
  if (auth) headers['authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`;
  return { tls, headers };
}

async function openProxy(config: KubeConfig): Promise<Dispatcher | undefined> {
  const cluster = config.getCurrentCluster();
  if (!cluster?.proxyUrl) return undefined;
  const { HttpMethod, RequestContext } = await import('@kubernetes/client-node');
  const context = new RequestContext(cluster.server, HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  return context.getDispatcher();
}
