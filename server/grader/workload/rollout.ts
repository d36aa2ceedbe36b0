import type { CoreV1Event, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { Text } from '../../contract/text.ts';
import { text } from '../network/words.ts';
import type { LiveWorkload } from './read.ts';

/** How far the newest version of a workload is. */
export type Rollout =
  | { state: 'available' }
  /** It may become available without anybody doing anything: too early to judge. */
  | { state: 'starting'; found: Text; where: string }
  | { state: 'failing'; found: Text; where: string; why?: Text };

/** What a workload may take to start before it counts as failing, in milliseconds. */
const startMs = 20_000;
/** A container that has run this long after a restart is taken to have recovered. */
const recoverMs = 20_000;

/** Reasons that a container waits for while everything is well. */
const starting = new Set(['ContainerCreating', 'PodInitializing', '']);

/** Fields of status and spec that the kinds have in common, or of their own. */
interface Fields {
  paused?: boolean;
  replicas?: number;
  observedGeneration?: number;
  updatedReplicas?: number;
  availableReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
  desiredNumberScheduled?: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
  conditions?: { type: string; status: string; reason?: string; message?: string; lastUpdateTime?: string }[];
}

/**
 * Whether all pods of a workload are of its newest version, ready, and stay so.
 * @param now milliseconds since 1970.
 */
export function rolloutOf(workload: LiveWorkload, refusals: readonly CoreV1Event[], now: number): Rollout {
  const refusal = refusalOf(workload, refusals);
  if (refusal) return refusal;
  for (const pod of [...workload.pods].sort((a, b) => createdAt(b) - createdAt(a))) {
    const trouble = podTrouble(pod);
    if (trouble) return trouble;
  }
  const missing = incomplete(workload);
  if (!missing) return justRestarted(workload.pods, now) ?? { state: 'available' };
  const since = Math.max(progressedAt(workload), ...workload.pods.map(createdAt));
  const { paused } = workload.live.spec as Fields;
  if (paused) {
    return {
      state: 'failing',
      found: text(
        `${workload.object}: 롤아웃이 멈춰 있습니다 (spec.paused).`,
        `The rollout of ${workload.object} is paused (spec.paused).`,
      ),
      where: workload.object,
    };
  }
  if (missing === 'unobserved' || now - since < startMs) {
    return {
      state: 'starting',
      found: text(`${workload.object}: 파드가 아직 시작하는 중입니다.`, `${workload.object}: pods are still starting.`),
      where: workload.object,
    };
  }
  return notReady(workload);
}

/** How many pods a workload asks for. */
export function desiredOf({ kind, live }: Pick<LiveWorkload, 'kind' | 'live'>): number {
  const status = (live.status ?? {}) as Fields;
  if (kind === 'DaemonSet') return status.desiredNumberScheduled ?? 0;
  return ['Deployment', 'ReplicaSet', 'StatefulSet'].includes(kind) ? (live.spec?.replicas ?? 1) : 1;
}

/** Kubernetes' own rules of `kubectl rollout status`. */
function incomplete({ kind, live, pods }: LiveWorkload): 'unobserved' | 'behind' | null {
  const status = (live.status ?? {}) as Fields;
  const desired = desiredOf({ kind, live });
  if (kind === 'Pod') return pods.some(isReady) ? null : 'behind';
  if (kind === 'Job' || kind === 'CronJob') return null;
  if ((status.observedGeneration ?? 0) < (live.metadata?.generation ?? 0)) return 'unobserved';
  if (kind === 'DaemonSet') {
    const updated = status.updatedNumberScheduled ?? 0;
    return updated < desired || (status.numberAvailable ?? 0) < desired ? 'behind' : null;
  }
  if (kind === 'StatefulSet' && status.updateRevision && status.currentRevision !== status.updateRevision) {
    return 'behind';
  }
  const updated = kind === 'Deployment' ? (status.updatedReplicas ?? 0) : (status.replicas ?? 0);
  const old = (status.replicas ?? 0) > updated;
  return updated < desired || old || (status.availableReplicas ?? 0) < desired ? 'behind' : null;
}

/** Admission or quota keeps the controller from making pods. */
function refusalOf({ live, parts, object, pods, kind }: LiveWorkload, events: readonly CoreV1Event[]): Rollout | null {
  const { conditions = [] } = (live.status ?? {}) as Fields;
  const condition = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  const lacking = pods.length < desiredOf({ kind, live });
  // Kinds without that condition tell of it by events only.
  const owners = new Set([live, ...parts].map(({ metadata }) => metadata?.uid));
  const event =
    kind !== 'Deployment' && kind !== 'ReplicaSet' && lacking
      ? events.filter(({ involvedObject }) => owners.has(involvedObject.uid)).at(-1)
      : undefined;
  const message = condition ? (condition.message ?? condition.reason) : event?.message;
  if (message === undefined) return null;
  return {
    state: 'failing',
    found: text(
      `${object}: 파드가 만들어지지 않습니다 (FailedCreate): ${message}`,
      `${object} gets no pods (FailedCreate): ${message}`,
    ),
    where: object,
    why: text(
      'kubectl apply는 오류 없이 끝납니다. 컨트롤러가 만드는 파드가 거절되며, 이벤트에만 남습니다.',
      'kubectl apply ends without an error: it is the pods that the controller makes that are refused, and only events say so.',
    ),
  };
}

function podTrouble(pod: V1Pod): Rollout | null {
  const where = `Pod/${pod.metadata?.name ?? ''}`;
  for (const status of statusesOf(pod)) {
    const waiting = status.state?.waiting;
    if (waiting && !starting.has(waiting.reason ?? '')) {
      return {
        state: 'failing',
        found: text(
          `${where}의 ${status.name} 컨테이너: ${waiting.reason ?? ''}`,
          `The container ${status.name} of ${where}: ${waiting.reason ?? ''}`,
        ),
        where,
        ...reasonOf(status, waiting.message),
      };
    }
    const ended = status.state?.terminated;
    if (ended && ended.exitCode !== 0) {
      return {
        state: 'failing',
        found: text(
          `${where}의 ${status.name} 컨테이너가 종료 코드 ${ended.exitCode}로 끝났습니다.`,
          `The container ${status.name} of ${where} ended with exit code ${ended.exitCode}.`,
        ),
        where,
      };
    }
  }
  return null;
}

function reasonOf({ lastState, restartCount }: V1ContainerStatus, message: string | undefined): { why?: Text } {
  const last = lastState?.terminated;
  if (last) {
    return {
      why: text(
        `마지막 종료 코드 ${last.exitCode} (${last.reason ?? ''}), 재시작 ${restartCount}번. kubectl logs --previous로 까닭을 볼 수 있습니다.`,
        `It last ended with exit code ${last.exitCode} (${last.reason ?? ''}) and has restarted ${restartCount === 1 ? 'once' : `${restartCount} times`}; kubectl logs --previous says why.`,
      ),
    };
  }
  return message ? { why: text(message, message) } : {};
}

function justRestarted(pods: readonly V1Pod[], now: number): Rollout | null {
  for (const pod of pods) {
    for (const { name, lastState, restartCount } of statusesOf(pod)) {
      const ended = lastState?.terminated?.finishedAt;
      if (restartCount === 0 || !ended || now - new Date(ended).getTime() >= recoverMs) continue;
      const where = `Pod/${pod.metadata?.name ?? ''}`;
      return {
        state: 'starting',
        found: text(
          `${where}의 ${name} 컨테이너가 방금 다시 시작되었습니다. 계속 도는지 지켜보는 중입니다.`,
          `The container ${name} of ${where} has just restarted; it remains to be seen whether it keeps running.`,
        ),
        where,
      };
    }
  }
  return null;
}

function notReady({ object, pods, live, kind }: LiveWorkload): Rollout {
  const bad = pods.find((pod) => !isReady(pod));
  const ready = pods.filter(isReady).length;
  const desired = desiredOf({ kind, live });
  const conditions = bad?.status?.conditions ?? [];
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  const unready = conditions.find(({ type, status }) => type === 'Ready' && status === 'False');
  const message = unscheduled?.message ?? unready?.message;
  return {
    state: 'failing',
    found: text(
      `${object}: 파드 ${desired}개 가운데 ${Math.min(ready, desired)}개만 준비되었습니다.`,
      `${object} has ${Math.min(ready, desired)} of ${desired} pods ready.`,
    ),
    where: bad ? `Pod/${bad.metadata?.name ?? ''}` : object,
    ...(message ? { why: text(message, message) } : {}),
  };
}

export function isReady({ metadata, status }: V1Pod): boolean {
  if (metadata?.deletionTimestamp) return false;
  return (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');
}

function statusesOf({ status }: V1Pod): V1ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

function createdAt({ metadata }: V1Pod): number {
  return metadata?.creationTimestamp ? new Date(metadata.creationTimestamp).getTime() : 0;
}

function progressedAt({ live }: LiveWorkload): number {
  const { conditions = [] } = (live.status ?? {}) as Fields;
  const progressing = conditions.find(({ type }) => type === 'Progressing')?.lastUpdateTime;
  const created = live.metadata?.creationTimestamp;
  return Math.max(progressing ? new Date(progressing).getTime() : 0, created ? new Date(created).getTime() : 0);
}
