import type * as k8s from '@kubernetes/client-node';

/** How to reach the API server that a connection goes to, as a kubeconfig's `cluster`, for another identity. */
export function clusterEntry(config: k8s.KubeConfig): Record<string, unknown> {
  const cluster = config.getCurrentCluster();
  return {
    server: cluster?.server,
    'certificate-authority-data': cluster?.caData ?? undefined,
    'certificate-authority': cluster?.caFile ?? undefined,
    'insecure-skip-tls-verify': cluster?.skipTLSVerify || undefined,
    'tls-server-name': cluster?.tlsServerName ?? undefined,
    'proxy-url': cluster?.proxyUrl ?? undefined,
  };
}
