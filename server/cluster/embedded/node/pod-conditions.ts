import type { V1Container, V1ContainerStatus, V1PodCondition } from '@kubernetes/client-node';
import { stamp } from './time.ts';

/** What a pod's conditions follow from. */
interface PodProgress {
  done: boolean;
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

/** A pod's conditions, and since when each is as it is. */
export class PodConditions {
  readonly #transitions = new Map<string, { status: string; at: Date }>();

  of({ done, mounted, initialized, init, main }: PodProgress): V1PodCondition[] {
    const unready = main.filter(({ ready }) => !ready).map(({ name }) => name);
    const reason = done
      ? { reason: 'PodCompleted' }
      : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
    const ready = unready.length === 0 && !done;
    const incomplete = init.filter((worker) => !initStatus(worker).ready).map(({ name }) => name);
    return [
      this.#condition('PodReadyToStartContainers', mounted && !done),
      this.#condition('Initialized', initialized, {
        reason: 'ContainersNotInitialized',
        message: `containers with incomplete status: [${incomplete.join(' ')}]`,
      }),
      this.#condition('Ready', ready, reason),
      this.#condition('ContainersReady', ready, reason),
      this.#condition('PodScheduled', true),
    ];
  }

  #condition(type: string, holds: boolean, unless: { reason?: string; message?: string } = {}): V1PodCondition {
    const status = holds ? 'True' : 'False';
    const known = this.#transitions.get(type);
    const at = known?.status === status ? known.at : new Date();
    this.#transitions.set(type, { status, at });
    // A merge patch replaces the whole list, so a reason that no longer holds goes.
    return { type, status, lastTransitionTime: stamp(at), ...(holds ? {} : unless) };
  }
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
