import { quantityOf } from '../quantity.ts';
import type { NodeMirror } from '../node-mirror.ts';
import { SourceError } from '../sources.ts';

/** Kinds of PersistentVolume whose files the node keeps in memory. */
const kept = ['csi', 'hostPath', 'local'] as const;

/**
 * What a claim's volume is to the runtime.
 * @returns the PersistentVolume's name, and its capacity in bytes.
 * @throws SourceError in the kubelet's words while the claim isn't bound.
 */
export function storageOf(
  mirror: NodeMirror,
  namespace: string,
  claim: string,
): { storage: string; sizeLimit?: number } {
  const problem = (words: string) => new SourceError(`error processing PVC ${namespace}/${claim}: ${words}`);
  const found = mirror.get('PersistentVolumeClaim', claim, namespace);
  if (!found) throw problem('failed to fetch PVC from API server');
  const name = found.status?.phase === 'Bound' ? found.spec?.volumeName : undefined;
  if (!name) throw problem('PVC is not bound');
  const spec = mirror.get('PersistentVolume', name)?.spec;
  if (!spec) throw problem(`failed to fetch PV ${name} from API server`);
  // A claim can be written to say anything; its volume is nobody's to write.
  const { uid = '' } = spec.claimRef ?? {};
  const wanted = found.metadata?.uid ?? '';
  if (uid !== wanted)
    throw problem(`found PV object ${name} but its pv.Spec.ClaimRef.UID ${uid} does not point to claim.UID ${wanted}`);
  if (!kept.some((kind) => spec[kind]))
    throw new SourceError(`the simulated node keeps PersistentVolumes of these kinds: ${kept.join(', ')}`);
  const capacity = spec.capacity?.['storage'];
  return { storage: name, ...(capacity ? { sizeLimit: quantityOf(capacity) } : {}) };
}
