import type { KubernetesObject } from '@kubernetes/client-node';
import { isProbe } from '../../cluster/existing/probe/probe-container.ts';

/** What moves on its own, in metadata and in status: no verdict depends on it. */
const noise = {
  metadata: new Set(['resourceVersion', 'endpoints.kubernetes.io/last-change-trigger-time']),
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

/** Whether an object differs from what it was in anything but noise. */
export function differs(kind: string, before: KubernetesObject, now: KubernetesObject): boolean {
  return judgedPart(kind, before) !== judgedPart(kind, now);
}

function judgedPart(kind: string, object: KubernetesObject): string {
  const { metadata, status, ...rest }: PodParts = kind === 'Pod' ? withoutProbes(object) : object;
  return [without(noise.metadata, metadata), without(noise.status, status), JSON.stringify(rest)].join('\n');
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
