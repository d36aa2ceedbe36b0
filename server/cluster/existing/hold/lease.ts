import { systemNamespace } from '../../../attempt/labels.ts';
import { find } from '../../find.ts';
import { KubeError } from '../../kube-error.ts';
import type { Kube } from '../../kube.ts';

/** The Lease in the platform's own namespace that the platform which has the cluster renews. */
export const leaseName = 'haechi-platform';

/** What of `coordination.k8s.io/v1` Lease is used; times are as the server sends them. */
export interface Lease {
  metadata: { resourceVersion: string };
  spec?: LeaseSpec;
}

export interface LeaseSpec {
  /** Nobody has it when absent. */
  holderIdentity?: string | null;
  leaseDurationSeconds?: number;
  acquireTime?: string | null;
  renewTime?: string | null;
  leaseTransitions?: number;
}

/** One of its own: what it applies says nothing of either object's other fields. */
const fieldManager = 'haechi-hold';
const leases = `/apis/coordination.k8s.io/v1/namespaces/${systemNamespace}/leases`;

/** Reads it, and makes it where it isn't there: it then has no holder, whoever else does the same. @throws KubeError */
export async function readLease(kube: Pick<Kube, 'request'>, name: string, signal: AbortSignal): Promise<Lease> {
  const lease = await find<Lease>(kube, `${leases}/${name}`, signal);
  if (lease) return lease;
  const apply = async (path: string, object: object) =>
    (
      await kube.request<Lease>('PATCH', path, {
        query: { fieldManager },
        contentType: 'application/apply-patch+yaml',
        body: object,
        signal,
      })
    ).value;
  await apply(`/api/v1/namespaces/${systemNamespace}`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: systemNamespace },
  });
  return apply(`${leases}/${name}`, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: systemNamespace },
  });
}

/**
 * Writes it if nobody has since it was read.
 * @returns null when somebody has.
 * @throws KubeError
 */
export async function writeLease(
  kube: Pick<Kube, 'request'>,
  name: string,
  { metadata: { resourceVersion } }: Lease,
  spec: LeaseSpec,
  signal: AbortSignal,
): Promise<Lease | null> {
  try {
    const { value } = await kube.request<Lease>('PATCH', `${leases}/${name}`, {
      query: { fieldManager },
      contentType: 'application/merge-patch+json',
      body: { metadata: { resourceVersion }, spec },
      signal,
    });
    return value;
  } catch (error) {
    if (error instanceof KubeError && (error.status === 409 || error.status === 404)) return null;
    throw error;
  }
}
