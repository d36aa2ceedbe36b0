import type { V1Pod, V1PodSpec } from '@kubernetes/client-node';
import type { Text } from '../../contract/text.ts';
import { text } from '../network/words.ts';

/** A pod that exists only in dry runs. */
export interface ProbePod {
  /** What is wrong with it; null for the one that every level admits. */
  flaw: Text | null;
  pod: V1Pod;
}

/** Complies with restricted. */
function compliant(): V1PodSpec {
  return {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'probe',
        image: 'registry.k8s.io/pause:3.10',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  };
}

type Flaw = [ko: string, en: string, spoil: (spec: V1PodSpec) => void];

const baselineFlaws: Flaw[] = [
  ['privileged 컨테이너', 'a privileged container', (spec) => context(spec, { privileged: true })],
  ['hostPath 볼륨', 'a hostPath volume', (spec) => (spec.volumes = [{ name: 'host', hostPath: { path: '/' } }])],
  ['hostNetwork', 'hostNetwork', (spec) => (spec.hostNetwork = true)],
  ['hostPID', 'hostPID', (spec) => (spec.hostPID = true)],
  [
    'SYS_ADMIN 권한을 더한 컨테이너',
    'a container with SYS_ADMIN added',
    (spec) => context(spec, { capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }),
  ],
];

const restrictedFlaws: Flaw[] = [
  ['root로 도는 컨테이너', 'a container that runs as root', (spec) => (spec.securityContext = seccompOnly())],
  [
    'seccompProfile이 없는 파드',
    'a pod without a seccompProfile',
    (spec) => (spec.securityContext = { runAsNonRoot: true }),
  ],
  [
    '권한 상승을 막지 않은 컨테이너',
    'a container that may escalate its privileges',
    (spec) => context(spec, { allowPrivilegeEscalation: true }),
  ],
  [
    'capability를 버리지 않은 컨테이너',
    'a container that drops no capabilities',
    (spec) => context(spec, { capabilities: {} }),
  ],
  [
    'nfs 볼륨',
    'an nfs volume',
    (spec) => (spec.volumes = [{ name: 'far', nfs: { server: 'nfs.invalid', path: '/' } }]),
  ],
];

/** Pods that a level must refuse, each for one reason, and one that it must admit. */
export function probePods(level: 'baseline' | 'restricted'): ProbePod[] {
  const flaws = level === 'baseline' ? baselineFlaws : [...baselineFlaws, ...restrictedFlaws];
  return [
    { flaw: null, pod: podOf(compliant()) },
    ...flaws.map(([ko, en, spoil]) => {
      const spec = compliant();
      spoil(spec);
      return { flaw: text(ko, en), pod: podOf(spec) };
    }),
  ];
}

function podOf(spec: V1PodSpec): V1Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'haechi-probe-' }, spec };
}

function context(spec: V1PodSpec, change: NonNullable<V1PodSpec['containers'][number]['securityContext']>): void {
  for (const container of spec.containers) {
    container.securityContext = Object.assign({}, container.securityContext, change);
    // The API refuses a privileged container that must not escalate, before Pod Security sees it.
    const contradicts = change.privileged ?? change.capabilities?.add !== undefined;
    if (contradicts) delete container.securityContext.allowPrivilegeEscalation;
  }
}

function seccompOnly(): V1PodSpec['securityContext'] {
  return { runAsUser: 0, seccompProfile: { type: 'RuntimeDefault' } };
}
