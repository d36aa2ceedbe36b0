import type { V1ContainerState, V1ContainerStatus } from '@kubernetes/client-node';
import type { Container, PulledImage } from './container.ts';
import { stamp } from './time.ts';

/** How far a container is, as its status says it. */
export class ContainerProgress {
  readonly #onChange: () => void;
  #state: V1ContainerState;
  #last: V1ContainerState = {};
  #ready = false;
  started = false;
  restartCount: number;
  image: PulledImage | undefined;
  container: Container | undefined;
  /** The container before this one, for `kubectl logs --previous`. */
  previous: Container | undefined;

  /**
   * @param options.reason why it waits until it is started.
   * @param options.onChange the status says something else now.
   */
  constructor({ reason, restartCount, onChange }: { reason: string; restartCount: number; onChange: () => void }) {
    this.#state = { waiting: { reason } };
    this.restartCount = restartCount;
    this.#onChange = onChange;
  }

  get ready(): boolean {
    return this.#ready;
  }

  get hasEnded(): boolean {
    return this.#state.terminated !== undefined;
  }

  /** Whether one of it has run, or was to. */
  get hasRun(): boolean {
    return this.container !== undefined || this.#last.terminated !== undefined;
  }

  /** Whether nothing has been tried yet. */
  get isUntried(): boolean {
    return !this.hasRun && this.#state.waiting !== undefined && this.#state.waiting.message === undefined;
  }

  /** What it ended with; undefined while it runs or waits. */
  get exitCode(): number | undefined {
    return this.#state.terminated?.exitCode;
  }

  /** Why there is no log yet, in a kubelet's words; undefined when there is one. */
  get waiting(): string | undefined {
    const reason = this.#state.waiting?.reason ?? 'ContainerCreating';
    if (this.container) return undefined;
    return ['ErrImagePull', 'ImagePullBackOff'].includes(reason) ? 'trying and failing to pull image' : reason;
  }

  /** @param image as the pod's spec writes it. */
  status(name: string, image: string): V1ContainerStatus {
    return {
      name,
      image: this.image?.reference ?? image,
      imageID: this.image?.id ?? '',
      ...(this.container ? { containerID: this.container.id } : {}),
      ready: this.#ready,
      started: this.started,
      restartCount: this.restartCount,
      state: this.#state,
      lastState: this.#last,
    };
  }

  setReady(ready: boolean): void {
    if (ready === this.#ready) return;
    this.#ready = ready;
    this.#onChange();
  }

  wait(reason: string, message: string): void {
    this.#state = { waiting: { reason, message } };
    this.#onChange();
  }

  /** Whoever runs it tells the change, when its probes have begun. */
  running(container: Container): void {
    this.previous = this.container;
    this.container = container;
    this.#state = { running: { startedAt: stamp(container.startedAt) } };
  }

  terminated({ exitCode, reason, startedAt, finishedAt, message }: Ended): void {
    this.#ready = false;
    this.started = false;
    this.#state = {
      terminated: {
        exitCode,
        reason,
        ...(message ? { message } : {}),
        startedAt: stamp(startedAt ?? this.container?.startedAt ?? finishedAt),
        finishedAt: stamp(finishedAt),
        ...(this.container ? { containerID: this.container.id } : {}),
      },
    };
    this.#onChange();
  }

  /** What it was becomes what it was before. */
  keepLast(): void {
    if (this.#state.terminated) this.#last = this.#state;
  }
}

export interface Ended {
  exitCode: number;
  reason: string;
  /** If not that of the container. */
  startedAt?: Date;
  finishedAt: Date;
  message?: string;
}
