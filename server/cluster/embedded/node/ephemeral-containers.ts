import type { V1ContainerStatus, V1EphemeralContainer, V1Pod } from '@kubernetes/client-node';
import type { ContainerWorker } from './container-worker.ts';

/** The containers that were added to a pod to debug it (`kubectl debug`). Each runs once. */
export class EphemeralContainers {
  readonly #workers = new Map<string, ContainerWorker>();
  readonly #runs: Promise<unknown>[] = [];
  /** Those of an earlier run of the platform, as a kubelet tells of containers that it can't find. */
  readonly #lost: V1ContainerStatus[];
  readonly #make: (spec: V1EphemeralContainer) => ContainerWorker;

  constructor({ status }: V1Pod, make: (spec: V1EphemeralContainer) => ContainerWorker) {
    this.#make = make;
    this.#lost = (status?.ephemeralContainerStatuses ?? []).map((before) =>
      before.state?.terminated ? before : Object.assign({}, before, { state: { terminated: unknown } }),
    );
  }

  /** Starts those that aren't known. */
  start({ spec }: V1Pod): void {
    for (const each of spec?.ephemeralContainers ?? []) {
      if (this.#workers.has(each.name) || this.#lost.some(({ name }) => name === each.name)) continue;
      const worker = this.#make(each);
      this.#workers.set(each.name, worker);
      this.#runs.push(worker.run());
    }
  }

  find(name: string): ContainerWorker | undefined {
    return this.#workers.get(name);
  }

  async stop(graceSeconds: number): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop(graceSeconds)));
    await Promise.all(this.#runs);
  }

  status(): { ephemeralContainerStatuses?: V1ContainerStatus[] } {
    const statuses = [...this.#lost, ...[...this.#workers.values()].map((worker) => worker.status())];
    // They have no probes: a kubelet never says of them that they are ready, or started.
    const shown = statuses.map((each) => Object.assign({}, each, { ready: false, started: undefined }));
    return shown.length > 0 ? { ephemeralContainerStatuses: shown } : {};
  }
}

const unknown = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
};
