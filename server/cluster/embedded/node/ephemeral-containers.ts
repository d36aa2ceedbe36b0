import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { ServedContainer } from './kubelet-server.ts';

const refusal =
  'the simulated node does not run ephemeral containers (kubectl debug): use kubectl exec, or start another pod';

/** Ephemeral containers, which the simulated node doesn't run yet: it says so, rather than that nothing happens. */
export class EphemeralContainers {
  readonly #tell: (name: string, message: string) => void;
  readonly #statuses = new Map<string, V1ContainerStatus>();

  /** @param tell records an event about a container. */
  constructor(tell: (name: string, message: string) => void) {
    this.#tell = tell;
  }

  /** @returns whether the pod has one that it didn't have before. */
  refuse(pod: V1Pod): boolean {
    const added = (pod.spec?.ephemeralContainers ?? []).filter(({ name }) => !this.#statuses.has(name));
    for (const { name, image = '' } of added) {
      const terminated = { exitCode: 128, reason: 'ContainerCannotRun', message: refusal };
      const state = { terminated };
      this.#statuses.set(name, { name, image, imageID: '', ready: false, restartCount: 0, state });
      this.#tell(name, refusal);
    }
    return added.length > 0;
  }

  served(name: string): ServedContainer | undefined {
    return this.#statuses.has(name) ? { current: undefined, previous: undefined, waiting: refusal } : undefined;
  }

  status(): { ephemeralContainerStatuses?: V1ContainerStatus[] } {
    return this.#statuses.size > 0 ? { ephemeralContainerStatuses: [...this.#statuses.values()] } : {};
  }
}
