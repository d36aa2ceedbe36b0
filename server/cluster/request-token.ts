import type { V1TokenRequestSpec } from '@kubernetes/client-node';
import type { Kube } from './kube.ts';

interface TokenStatus {
  token: string;
  /** RFC 3339. */
  expirationTimestamp: string;
}

/** Asks for a token of a ServiceAccount (TokenRequest). @throws KubeError, 404 where there is no such account */
export async function requestToken(
  kube: Kube,
  account: { namespace: string; name: string },
  spec: Partial<V1TokenRequestSpec>,
): Promise<TokenStatus> {
  const path = `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  return (await kube.request<{ status: TokenStatus }>('POST', path, { body })).value.status;
}
