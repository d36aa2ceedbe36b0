import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { Text } from '../../contract/text.ts';

/** How far a workbench pod is, with words for a learner; a sentence's end is the caller's. */
export type PodState =
  | { state: 'starting'; words: Text }
  | { state: 'running' }
  /** It won't start as it is. `reason` is in Kubernetes' own words. */
  | { state: 'stuck'; reason: string }
  | { state: 'gone'; words: Text };

/** Reasons of a waiting container that waiting alone doesn't end (kubelet, pkg/kubelet/images and kuberuntime). */
const stuckReasons = new Set([
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
]);

export const deletedState = gone('작업용 파드가 삭제되었습니다', 'The workbench pod was deleted');

export function podState(pod: V1Pod): PodState {
  const { status, metadata } = pod;
  if (status?.reason === 'Evicted')
    return gone(
      '노드에 자원이 모자라 작업용 파드가 밀려났습니다',
      `The workbench pod was evicted${inBrackets(status.message)}`,
    );
  if (metadata?.deletionTimestamp) return deletedState;
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded')
    return gone('작업용 파드가 끝났습니다', `The workbench pod ended${inBrackets(status.message ?? status.reason)}`);
  const [container] = status?.containerStatuses ?? [];
  if (container?.state?.running) return { state: 'running' };
  const { reason, message } = container?.state?.waiting ?? {};
  if (reason !== undefined && stuckReasons.has(reason))
    return { state: 'stuck', reason: `${reason}: ${message ?? '-'}` };
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable')
    return starting(
      '작업용 파드를 둘 노드를 찾는 중',
      `Looking for a node for the workbench pod${inBrackets(scheduled.message)}`,
    );
  if (reason === 'ErrImagePull')
    return starting('작업용 이미지를 다시 받는 중', 'Pulling the workbench image once more');
  return scheduled?.status === 'True'
    ? starting(
        '작업용 파드가 시작되는 중(이미지가 없으면 받습니다)',
        'Starting the workbench pod (pulling its image if the node has none)',
      )
    : starting('작업용 파드를 만드는 중', 'Creating the workbench pod');
}

/** Why a shell is gone whose pod still runs: its container was started anew. */
export function restartWords(pod: V1Pod | undefined): Text {
  const ended: V1ContainerStatus['lastState'] = pod?.status?.containerStatuses?.[0]?.lastState;
  return ended?.terminated?.reason === 'OOMKilled'
    ? {
        ko: '메모리를 너무 많이 써서 작업용 파드가 다시 시작되었습니다',
        en: 'The workbench pod was restarted: its processes took too much memory',
      }
    : { ko: '작업용 파드가 다시 시작되었습니다', en: 'The workbench pod was restarted' };
}

function starting(ko: string, en: string): PodState {
  return { state: 'starting', words: { ko, en } };
}

function gone(ko: string, en: string): PodState {
  return { state: 'gone', words: { ko, en } };
}

function inBrackets(message: string | undefined): string {
  return message ? ` (${message.replace(/[\s.]+$/, '').slice(0, 300)})` : '';
}
