import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import type { NodeMirror } from './node-mirror.ts';

/** Something a pod refers to is not there (yet). The message is the kubelet's. */
export class SourceError extends Error {}

/** A ConfigMap's or Secret's values as bytes. */
export function dataOf(object: V1ConfigMap | V1Secret): Map<string, Buffer> {
  const values = new Map<string, Buffer>();
  if (object.kind === 'Secret' || 'type' in object) {
    for (const [key, value] of Object.entries(object.data ?? {})) values.set(key, Buffer.from(value, 'base64'));
    return values;
  }
  for (const [key, value] of Object.entries(object.data ?? {})) values.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(('binaryData' in object && object.binaryData) || {}))
    values.set(key, Buffer.from(value, 'base64'));
  return values;
}

/** @throws SourceError `secret "x" not found`, unless it is optional (then undefined). */
export function sourceOf(
  mirror: NodeMirror,
  kind: 'Secret' | 'ConfigMap',
  namespace: string,
  name: string,
  optional = false,
): Map<string, Buffer> | undefined {
  const object = kind === 'Secret' ? mirror.get('Secret', name, namespace) : mirror.get('ConfigMap', name, namespace);
  if (object) return dataOf(object);
  if (optional) return undefined;
  throw new SourceError(`${kind.toLowerCase()} "${name}" not found`);
}
