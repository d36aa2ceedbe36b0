import type { V1Pod } from '@kubernetes/client-node';
import type { PodSandbox } from './container.ts';
import { initStatus, type PodConditions } from './pod-conditions.ts';
import type { PodContainers } from './pod-containers.ts';
import type { PodPhase } from './pod-phase.ts';
import { stamp } from './time.ts';

/** Why a pod failed that didn't fail by its containers. */
export interface PodFailure {
  reason: string;
  message: string;
}

/** How far a pod is. */
export interface PodState {
  pod: V1Pod;
  sandbox: PodSandbox;
  containers: PodContainers;
  conditions: PodConditions;
  startedAt: Date;
  phase: PodPhase;
  mounted: boolean;
  initialized: boolean;
  failure: PodFailure | undefined;
  nodeIP: string;
}

/** A pod's status as a kubelet writes it. */
export function podStatus(state: PodState): object {
  const { pod, phase, mounted, initialized, nodeIP, failure } = state;
  const { init, main, ephemeral } = state.containers;
  const ip = mounted ? state.sandbox.ip : undefined;
  return {
    phase,
    conditions: state.conditions.of({ phase, mounted, initialized, init, main }),
    hostIP: nodeIP,
    hostIPs: [{ ip: nodeIP }],
    ...(ip ? { podIP: ip, podIPs: [{ ip }] } : {}),
    startTime: stamp(state.startedAt),
    qosClass: pod.status?.qosClass,
    ...(failure ?? {}),
    ...(init.length > 0 ? { initContainerStatuses: init.map((worker) => initStatus(worker)) } : {}),
    ...ephemeral.status(),
    containerStatuses: main.map((worker) => worker.status()),
  };
}
