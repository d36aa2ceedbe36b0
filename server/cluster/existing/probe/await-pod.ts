import { Watch, type V1Pod } from '@kubernetes/client-node';
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
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onEvent = (type: string, object: V1Pod) => {
    try {
      if (type === 'DELETED') throw new Error(`pod ${namespace}/${pod} is gone`);
      const result = found(object);
      if (result !== undefined) resolve(result);
    } catch (error) {
      reject(error);
    }
  };
  const abort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  const watching = new Watch(kube.config).watch(
    `/api/v1/namespaces/${namespace}/pods`,
    { fieldSelector: `metadata.name=${pod}` },
    onEvent,
    (error: unknown) => reject(error instanceof Error ? error : new Error('the watch ended')),
  );
  watching.catch(reject);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    watching.then(
      (controller) => controller.abort(),
      () => undefined,
    );
  }
}
