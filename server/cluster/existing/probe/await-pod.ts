import type { V1Pod } from '@kubernetes/client-node';
import type { Kube } from '../../kube.ts';

/**
 * Watches one pod until `found` finds what is waited for: asked of the pod as it is, and after each change.
 * @param found what is waited for; undefined to go on waiting. What it throws ends the waiting.
 * @throws Error when the pod goes away, or the watch ends; the signal's reason when aborted
 */
export async function awaitPod<T>(
  kube: Kube,
  { namespace, pod }: { namespace: string; pod: string },
  found: (pod: V1Pod) => T | undefined,
  signal: AbortSignal,
): Promise<T> {
  const query = { fieldSelector: `metadata.name=${pod}` };
  // Whoever leaves the loop ends the watch.
  for await (const { type, object } of await kube.watch<V1Pod>(`/api/v1/namespaces/${namespace}/pods`, {
    query,
    signal,
  })) {
    if (type === 'DELETED') throw new Error(`pod ${namespace}/${pod} is gone`);
    const result = found(object);
    if (result !== undefined) return result;
  }
  throw new Error('the watch ended');
}
