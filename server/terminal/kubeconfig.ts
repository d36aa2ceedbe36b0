import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { oneContext } from '../cluster/one-context.ts';

/** Where the API server is, seen from inside a sandbox: socat listens there. */
const inside = { host: '127.0.0.1', port: 6443 };

const Named = z.looseObject({ name: z.string() });
const Cluster = z.looseObject({
  name: z.string(),
  cluster: z.looseObject({
    server: z.url(),
    'tls-server-name': z.string().optional(),
  }),
});
const Context = z.looseObject({
  name: z.string(),
  context: z.looseObject({ cluster: z.string(), namespace: z.string().optional() }),
});
const Kubeconfig = z.looseObject({
  clusters: z.array(Cluster),
  contexts: z.array(Context),
  users: z.array(Named),
  'current-context': z.string(),
});
export type Kubeconfig = z.infer<typeof Kubeconfig>;

/** @throws ZodError when the text is no kubeconfig with clusters, contexts and users. */
export function parseKubeconfig(text: string): Kubeconfig {
  return Kubeconfig.parse(parse(text));
}

/** Host and port of the current context's API server. IPv6 addresses come without brackets. */
export function apiServerOf(config: Kubeconfig): { host: string; port: number } {
  const server = currentCluster(config).cluster.server;
  const url = new URL(server);
  const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

/**
 * The kubeconfig for inside a sandbox: the server becomes https://127.0.0.1:6443, and its certificate is still checked
 * for the name that it really has. Only the current context's cluster is reachable, so only that is rewritten.
 */
export function rewriteForSandbox(config: Kubeconfig, namespace: string): Kubeconfig {
  const current = currentCluster(config);
  const { host } = apiServerOf(config);
  const url = new URL(current.cluster.server);
  const path = url.pathname === '/' ? '' : url.pathname;
  const { 'proxy-url': _, ...cluster } = current.cluster;
  const rewritten = {
    ...current,
    cluster: {
      ...cluster,
      server: `${url.protocol}//${inside.host}:${inside.port}${path}`,
      ...(url.protocol === 'https:' ? { 'tls-server-name': current.cluster['tls-server-name'] ?? host } : {}),
    },
  };
  return withNamespace(
    { ...config, clusters: config.clusters.map((each) => (each === current ? rewritten : each)) },
    namespace,
  );
}

/**
 * The kubeconfig for inside a pod: the API server by the cluster's own address, and its account's token from the file that
 * the kubelet renews.
 * @param address of the Service `kubernetes`. @param folder where token and ca.crt are.
 */
export function kubeconfigForPod(
  { address, port }: { address: string; port: number },
  folder: string,
  namespace: string,
): Kubeconfig {
  const server = `https://${address.includes(':') ? `[${address}]` : address}:${port}`;
  return oneContext({
    cluster: { server, 'certificate-authority': `${folder}/ca.crt` },
    user: { name: 'learner', credentials: { tokenFile: `${folder}/token` } },
    namespace,
  });
}

/** The kubeconfig with the current context's namespace set. */
export function withNamespace(config: Kubeconfig, namespace: string): Kubeconfig {
  const contexts = config.contexts.map((each) =>
    each.name === config['current-context'] ? { ...each, context: { ...each.context, namespace } } : each,
  );
  return { ...config, contexts };
}

/**
 * Renews what the platform gave (clusters, users, and contexts that are missing), and keeps what the learner did with
 * it: their namespace, contexts and users. Text that is no kubeconfig any more is replaced.
 */
export function renew(existing: string, ours: Kubeconfig): Kubeconfig {
  let theirs: Kubeconfig;
  try {
    theirs = parseKubeconfig(existing);
  } catch {
    return ours; // What a learner broke by hand can't be kept, and a shell without a kubeconfig is of no use.
  }
  const merge = <T extends { name: string }>(kept: T[], given: T[]): T[] => [
    ...kept,
    ...given.filter(({ name }) => !kept.some((each) => each.name === name)),
  ];
  return {
    ...theirs,
    clusters: merge(ours.clusters, theirs.clusters),
    users: merge(ours.users, theirs.users),
    contexts: merge(theirs.contexts, ours.contexts),
  };
}

/** YAML as kubectl writes it: lists not indented, so that the shell's prompt can read it line by line. */
export function formatKubeconfig(config: Kubeconfig): string {
  return stringify(config, { indentSeq: false, lineWidth: 0 });
}

function currentCluster(config: Kubeconfig): z.infer<typeof Cluster> {
  const name = config.contexts.find((each) => each.name === config['current-context'])?.context.cluster;
  const cluster = config.clusters.find((each) => each.name === name);
  if (!cluster) throw new Error(`the kubeconfig's current context "${config['current-context']}" has no cluster`);
  return cluster;
}
