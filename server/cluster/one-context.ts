/**
 * A kubeconfig with one cluster, one user and one context.
 * @param options.cluster how the API server is reached; see `clusterEntry`.
 * @param options.user its name means nothing to the API server; its credentials do.
 */
export function oneContext<Cluster extends object>({
  name = 'haechi',
  cluster,
  user,
  namespace,
}: {
  name?: string;
  cluster: Cluster;
  user: { name: string; credentials: Record<string, unknown> };
  namespace?: string;
}) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name: user.name, user: user.credentials }],
    contexts: [
      { name, context: { cluster: name, user: user.name, ...(namespace === undefined ? {} : { namespace }) } },
    ],
    'current-context': name,
  };
}
