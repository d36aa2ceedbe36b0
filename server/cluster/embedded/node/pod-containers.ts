import type { V1Container, V1EphemeralContainer, V1Pod } from '@kubernetes/client-node';
import { ContainerWorker, type ContainerWorkerOptions } from './container-worker.ts';
import { EphemeralContainers } from './ephemeral-containers.ts';
import { isSidecar } from './pod-conditions.ts';

/** The containers of a pod: those before it with its sidecars, its own, and those that debug it. */
export class PodContainers {
  readonly init: readonly ContainerWorker[];
  readonly main: readonly ContainerWorker[];
  readonly ephemeral: EphemeralContainers;

  constructor(
    options: Omit<ContainerWorkerOptions, 'spec' | 'restarts' | 'restartCount' | 'reason' | 'hasStarted'> & {
      pod: V1Pod;
    },
  ) {
    const { pod } = options;
    const policy = pod.spec?.restartPolicy ?? 'Always';
    const before = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const worker = (spec: V1Container | V1EphemeralContainer, restarts: (exitCode: number) => boolean) => {
      const earlier = before.find((status) => status.name === spec.name);
      const ran = earlier?.state?.running ?? earlier?.state?.terminated;
      return new ContainerWorker({
        ...options,
        spec,
        restarts,
        reason: pod.spec?.initContainers?.length ? 'PodInitializing' : 'ContainerCreating',
        restartCount: (earlier?.restartCount ?? 0) + (ran ? 1 : 0),
        hasStarted: (name) => this.find(name)?.container !== undefined,
      });
    };
    this.init = (pod.spec?.initContainers ?? []).map((spec) =>
      worker(spec, (code) => isSidecar(spec) || (code !== 0 && policy !== 'Never')),
    );
    this.main = (pod.spec?.containers ?? []).map((spec) =>
      worker(spec, (code) => policy === 'Always' || (policy === 'OnFailure' && code !== 0)),
    );
    this.ephemeral = new EphemeralContainers(pod, (spec) => worker(spec, () => false));
  }

  /** Whether none of them has been tried yet. */
  get isUntried(): boolean {
    return [...this.init, ...this.main].every((each) => each.isUntried);
  }

  find(name: string): ContainerWorker | undefined {
    return [...this.main, ...this.init].find((each) => each.name === name) ?? this.ephemeral.find(name);
  }

  /**
   * Stops them as a kubelet does (pkg/kubelet/kuberuntime/kuberuntime_termination_order.go): all at once, but each
   * sidecar after the pod's own containers and after the sidecars that were started later.
   */
  async stop(graceSeconds: number): Promise<void> {
    const others = [this.ephemeral.stop(graceSeconds)];
    let before = Promise.all(this.main.map((worker) => worker.stop(graceSeconds)));
    for (const worker of this.init.toReversed()) {
      if (isSidecar(worker.spec)) before = Promise.all([before, worker.stop(graceSeconds, before)]).then(() => []);
      else others.push(worker.stop(graceSeconds));
    }
    await Promise.all([before, ...others]);
  }
}
