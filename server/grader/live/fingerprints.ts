import { createHash } from 'node:crypto';
import type { KubernetesObject } from '@kubernetes/client-node';

/** What moves on its own, in metadata and in status: no verdict depends on it. */
const noise = {
  metadata: new Set(['resourceVersion', 'managedFields', 'endpoints.kubernetes.io/last-change-trigger-time']),
  status: new Set([
    'lastTransitionTime',
    'lastUpdateTime',
    'lastProbeTime',
    'lastScheduleTime',
    'startedAt',
    'finishedAt',
    'message',
  ]),
};

/** Tells changes that can matter from those that can't. */
export class Fingerprints {
  readonly #known = new Map<string, string>();

  /** Whether an object is new, or differs from what it was in anything but noise. */
  changed(kind: string, object: KubernetesObject): boolean {
    const key = keyOf(kind, object);
    const print = fingerprint(object);
    if (this.#known.get(key) === print) return false;
    this.#known.set(key, print);
    return true;
  }

  deleted(kind: string, object: KubernetesObject): void {
    this.#known.delete(keyOf(kind, object));
  }
}

function keyOf(kind: string, { metadata }: KubernetesObject): string {
  return `${kind}/${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

function fingerprint(object: KubernetesObject): string {
  const { metadata, status, ...rest } = object as KubernetesObject & { status?: unknown };
  const parts = [without(noise.metadata, metadata), without(noise.status, status), JSON.stringify(rest)];
  return createHash('sha1').update(parts.join('\n')).digest('base64');
}

function without(fields: ReadonlySet<string>, value: unknown): string {
  return JSON.stringify([value], (key, part: unknown) => (fields.has(key) ? undefined : part));
}
