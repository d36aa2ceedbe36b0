import type { V1PersistentVolumeClaim, V1Pod, V1StorageClass, V1Volume } from '@kubernetes/client-node';
import { find } from '../../../find.ts';
import type { Kube } from '../../../kube.ts';
import type { NodeMirror } from '../node-mirror.ts';

/** The name of the claim that a volume of a pod uses; undefined for other volumes. */
export function claimNameOf(pod: V1Pod, { name, persistentVolumeClaim, ephemeral }: V1Volume): string | undefined {
  if (persistentVolumeClaim) return persistentVolumeClaim.claimName;
  return ephemeral ? `${pod.metadata?.name ?? ''}-${name}` : undefined;
}

/** Claims of a pod, before it has a node. */
export type PodClaims =
  /** Why the pod can't be scheduled, in the words of the scheduler's VolumeBinding plugin. */
  | { problem: string }
  /** Those that wait for the pod's node to be known (WaitForFirstConsumer). */
  | { waiting: V1PersistentVolumeClaim[] };

/** Looks at the claims of a pod's volumes. */
export async function claimsOf(kube: Kube, mirror: NodeMirror, pod: V1Pod): Promise<PodClaims> {
  const waiting: V1PersistentVolumeClaim[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    const name = claimNameOf(pod, volume);
    if (name === undefined) continue;
    const namespace = pod.metadata?.namespace ?? '';
    // The mirror may know of the pod before it knows of the claim that was made for it.
    const claim = mirror.get('PersistentVolumeClaim', name, namespace) ?? (await askFor(kube, namespace, name));
    if (!claim) return { problem: notThere(name, volume) };
    const { metadata, spec, status } = claim;
    if (status?.phase === 'Lost')
      return {
        problem: `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${spec?.volumeName ?? ''}"`,
      };
    if (metadata?.deletionTimestamp) return { problem: `persistentvolumeclaim "${name}" is being deleted` };
    if (status?.phase === 'Bound') continue;
    if (spec?.volumeName || !(await waitsForConsumer(kube, spec?.storageClassName)))
      return { problem: 'pod has unbound immediate PersistentVolumeClaims' };
    waiting.push(claim);
  }
  return { waiting };
}

function notThere(name: string, { ephemeral }: V1Volume): string {
  return ephemeral
    ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
    : `persistentvolumeclaim "${name}" not found`;
}

function askFor(kube: Kube, namespace: string, name: string): Promise<V1PersistentVolumeClaim | undefined> {
  return find<V1PersistentVolumeClaim>(kube, `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`);
}

async function waitsForConsumer(kube: Kube, storageClass: string | undefined): Promise<boolean> {
  if (!storageClass) return false;
  const found = await find<V1StorageClass>(kube, `/apis/storage.k8s.io/v1/storageclasses/${storageClass}`);
  return found?.volumeBindingMode === 'WaitForFirstConsumer';
}
