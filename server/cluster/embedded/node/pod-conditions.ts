import type { V1Container, V1ContainerStatus, V1PodCondition } from '@kubernetes/client-node';
import { hasEnded, type PodPhase } from './pod-phase.ts';
import { stamp } from './time.ts';

/** What a pod's conditions follow from. */
interface PodProgress {
  phase: PodPhase;
  mounted: boolean;
  initialized: boolean;
  init: readonly ReportingContainer[];
  main: readonly ReportingContainer[];
}

interface ReportingContainer {
  readonly name: string;
  readonly ready: boolean;
  readonly spec: V1Container;
  status(): V1ContainerStatus;
}

interface Because {
  reason?: string;
  message?: string;
}

/** A pod's conditions, and since when each is as it is. In the words of the kubelet (pkg/kubelet/status/generate.go). */
export class PodConditions {
  readonly #transitions = new Map<string, { status: string; at: Date }>();

  of({ phase, mounted, initialized, init, main }: PodProgress): V1PodCondition[] {
    const unready = unreadiness(phase, [...init.filter(({ spec }) => isSidecar(spec)), ...main]);
    return [
      this.#sandbox(phase, mounted),
      this.#initialized(phase, initialized, init),
      this.#condition('Ready', !unready, unready),
      this.#condition('ContainersReady', !unready, unready),
      this.#condition('PodScheduled', true),
    ];
  }

  #sandbox(phase: PodPhase, mounted: boolean): V1PodCondition {
    if (hasEnded(phase)) return this.#condition('PodReadyToStartContainers', false, sandboxEnded);
    return this.#condition('PodReadyToStartContainers', mounted, mounted ? {} : noSandbox);
  }

  #initialized(phase: PodPhase, initialized: boolean, init: readonly ReportingContainer[]): V1PodCondition {
    if (phase === 'Succeeded') return this.#condition('Initialized', true, { reason: 'PodCompleted' });
    if (initialized) return this.#condition('Initialized', true);
    const incomplete = init.filter((worker) => !hasInitialized(worker)).map(({ name }) => name);
    return this.#condition('Initialized', false, {
      reason: 'ContainersNotInitialized',
      message: `containers with incomplete status: [${incomplete.join(' ')}]`,
    });
  }

  #condition(type: string, holds: boolean, because: Because = {}): V1PodCondition {
    const status = holds ? 'True' : 'False';
    const known = this.#transitions.get(type);
    const at = known?.status === status ? known.at : new Date();
    this.#transitions.set(type, { status, at });
    // A merge patch replaces the whole list, so a reason that no longer holds goes.
    return { type, status, lastTransitionTime: stamp(at), ...because };
  }
}

const noSandbox: Because = { reason: 'PodSandboxNotReady', message: 'no pod sandbox exists' };
const sandboxEnded: Because = { reason: 'PodSandboxNotReady', message: 'pod sandbox is not ready' };

/** Why a pod isn't ready; undefined when it is. */
function unreadiness(phase: PodPhase, containers: readonly ReportingContainer[]): Because | undefined {
  if (phase === 'Succeeded') return { reason: 'PodCompleted' };
  if (phase === 'Failed') return { reason: 'PodFailed' };
  const names = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return { reason: 'ContainersNotReady', message: `containers with unready status: [${names.join(' ')}]` };
}

function hasInitialized(worker: ReportingContainer): boolean {
  const { ready, started } = initStatus(worker);
  return isSidecar(worker.spec) ? (started ?? false) : ready;
}

/** A finished init container counts as ready; one that goes on does when it has started. */
export function initStatus(worker: ReportingContainer): V1ContainerStatus {
  const status = worker.status();
  if (isSidecar(worker.spec)) return status;
  return Object.assign({}, status, { ready: status.state?.terminated?.exitCode === 0 });
}

/** An init container that runs beside the others. */
export function isSidecar({ restartPolicy }: V1Container): boolean {
  return restartPolicy === 'Always';
}
