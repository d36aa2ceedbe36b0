import type { Text } from '../../contract/text.ts';
import { beginStep, type OnProgress } from '../report.ts';

interface Step {
  step: string;
  /** Its words in kind's output: ` • WORDS …  ...` where standard error is no terminal (pkg/internal/cli/status.go). */
  words: string;
  title: Text;
}

/** kind's steps in their order (pkg/cluster/internal/create/create.go and its actions). */
const steps: readonly Step[] = [
  {
    step: 'node-image',
    words: 'Ensuring node image',
    title: { ko: '노드 이미지 준비(처음에는 내려받습니다)', en: 'Fetching the node image, the first time' },
  },
  {
    step: 'nodes',
    words: 'Preparing nodes',
    title: { ko: '노드 컨테이너 만들기', en: 'Creating the nodes’ containers' },
  },
  {
    step: 'node-configuration',
    words: 'Writing configuration',
    title: { ko: '노드 설정 쓰기', en: 'Configuring the nodes' },
  },
  {
    step: 'control-plane',
    words: 'Starting control-plane',
    title: { ko: '컨트롤 플레인 시작', en: 'Starting the control plane' },
  },
  { step: 'network', words: 'Installing CNI', title: { ko: '파드 네트워크 설치', en: 'Installing the pod network' } },
  {
    step: 'storage',
    words: 'Installing StorageClass',
    title: { ko: '스토리지 클래스 설치', en: 'Installing the storage class' },
  },
  { step: 'workers', words: 'Joining worker nodes', title: { ko: '워커 노드 더하기', en: 'Joining the workers' } },
  {
    step: 'wait-for-nodes',
    words: 'Waiting ',
    title: { ko: '노드가 준비되기를 기다리기', en: 'Waiting for the nodes' },
  },
];

/** Tells kind's steps from the lines that it writes. */
export function stepTeller(onProgress: OnProgress): (line: string) => void {
  return (line) => {
    const begun = /^ • (.+?)\s+\.\.\.$/.exec(line)?.[1];
    const found = begun === undefined ? undefined : steps.find(({ words }) => begun.startsWith(words));
    if (found) beginStep(onProgress, found.step, found.title);
  };
}
