import { createHash } from 'node:crypto';
import type { KubernetesObject } from '@kubernetes/client-node';
import { isProbe } from '../../cluster/existing/probe/probe-container.ts';

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
    const print = fingerprint(kind, object);
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

function fingerprint(kind: string, object: KubernetesObject): string {
  const judged: { metadata?: unknown; status?: unknown } = kind === 'Pod' ? withoutProbes(object) : object;
  const { metadata, status, ...rest } = judged;
  const parts = [without(noise.metadata, metadata), without(noise.status, status), JSON.stringify(rest)];
  return createHash('sha1').update(parts.join('\n')).digest('base64');
}

/** What changes of a pod when a container is put into it. */
interface PodParts {
  metadata?: { generation?: number };
  spec?: { ephemeralContainers?: { name: string }[] };
  status?: {
    observedGeneration?: number;
    conditions?: { observedGeneration?: number }[];
    ephemeralContainerStatuses?: { name: string }[];
  };
}

/**
 * A pod without the platform's own containers, and without what counts its changes: what judging puts into pods must not
 * cause the next judgement.
 */
function withoutProbes(pod: PodParts): PodParts {
  const { metadata, spec, status } = pod;
  const others = (list: { name: string }[] = []) => {
    const rest = list.filter(({ name }) => !isProbe(name));
    return rest.length > 0 ? rest : undefined;
  };
  return {
    ...pod,
    metadata: { ...metadata, generation: undefined },
    spec: { ...spec, ephemeralContainers: others(spec?.ephemeralContainers) },
    status: {
      ...status,
      conditions: status?.conditions?.map((condition) => ({ ...condition, observedGeneration: undefined })),
      observedGeneration: undefined,
      ephemeralContainerStatuses: others(status?.ephemeralContainerStatuses),
    },
  };
}

function without(fields: ReadonlySet<string>, value: unknown): string {
  return JSON.stringify([value], (key, part: unknown) => (fields.has(key) ? undefined : part));
}
