import type { V1Pod } from '@kubernetes/client-node';
import type { FlowProber } from '../cluster/cluster.ts';
import type { Mirror } from '../cluster/mirror.ts';
import type { Lab } from '../content/content.ts';
import type { Names } from '../content/names.ts';
import type { Log } from '../log.ts';
import type { Plot } from './plot.ts';

export interface PreparationGround {
  mirror: Pick<Mirror, 'onChange' | 'list' | 'get'>;
  flowProber: FlowProber;
  log: Log;
}

/**
 * Gives each pod that a lab's checks send from what it takes as soon as the pod has a node, so that no judgement waits for that:
 * the pods of the set-up, and those that a learner's rollout brings. It goes on until the signal aborts. What fails is logged
 * and keeps nothing else back: the judgement that needs it asks anew, and says what is wrong.
 */
export function prepareProbes(
  { attempt, lab, names }: Pick<Plot, 'attempt' | 'lab' | 'names'>,
  { mirror, flowProber, log }: PreparationGround,
  signal: AbortSignal,
): void {
  const namespaces = sendingNamespaces(lab, names);
  /** By UID. */
  const begun = new Set<string>();
  const prepare = async ({ namespace = '', name: pod = '', uid }: NonNullable<V1Pod['metadata']>) => {
    try {
      await flowProber.prepare({ namespace, pod }, signal);
    } catch (error) {
      const now = mirror.get('Pod', pod, namespace);
      if (now && now.metadata?.uid === uid && !isGoing(now) && !signal.aborted)
        log.warn({ err: error, attempt, pod: `${namespace}/${pod}` }, 'a pod could not be prepared for checks');
    }
  };
  const look = (pod: V1Pod) => {
    const { namespace = '', uid = '' } = pod.metadata ?? {};
    if (!namespaces.has(namespace) || begun.has(uid) || !canSend(pod)) return;
    begun.add(uid);
    if (pod.metadata) void prepare(pod.metadata);
  };
  const ignore = mirror.onChange(({ kind, type, object: { metadata } }) => {
    if (kind !== 'Pod') return;
    if (type === 'deleted') begun.delete(metadata?.uid ?? '');
    const pod = mirror.get('Pod', metadata?.name ?? '', metadata?.namespace);
    if (pod) look(pod);
  });
  signal.addEventListener('abort', ignore, { once: true });
  for (const namespace of namespaces) mirror.list('Pod', namespace).forEach(look);
}

/** Real names. Traffic is tried from every workload; whether an app serves is asked from where a check says. */
function sendingNamespaces({ checks }: Lab, { namespaces }: Names): Set<string> {
  const all = Object.values(checks);
  if (all.some((check) => 'traffic' in check)) return new Set(Object.values(namespaces));
  const serves = all.flatMap((check) => ('workload' in check ? check.workload.serves : []));
  return new Set(serves.map(({ from }) => namespaces[from.split('/')[0] ?? ''] ?? ''));
}

/**
 * A pod that starts gets it together with its own containers: later, it would only be there after they are ready. Pods on the
 * host network are the node's: nothing is tried from them.
 */
function canSend(pod: V1Pod): boolean {
  const { phase = '' } = pod.status ?? {};
  const { nodeName, hostNetwork } = pod.spec ?? {};
  return ['Pending', 'Running'].includes(phase) && nodeName !== undefined && !hostNetwork && !isGoing(pod);
}

function isGoing({ metadata }: V1Pod): boolean {
  return metadata?.deletionTimestamp !== undefined;
}
