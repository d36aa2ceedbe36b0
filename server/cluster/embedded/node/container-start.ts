import { setTimeout as sleep } from 'node:timers/promises';
import { PullError, StartError, type Container } from './container.ts';
import type { ContainerProgress } from './container-progress.ts';
import { containerSetup } from './container-setup.ts';
import type { ContainerWorkerOptions } from './container-worker.ts';
import { SourceError } from './sources.ts';

/** Starts a container; tries until that succeeds, and tells why it doesn't. */
export class ContainerStart {
  readonly #options: ContainerWorkerOptions;
  readonly #progress: ContainerProgress;

  constructor(options: ContainerWorkerOptions, progress: ContainerProgress) {
    this.#options = options;
    this.#progress = progress;
  }

  /** @returns undefined when stopped meanwhile, or when a container that isn't restarted can't start. */
  async run(signal: AbortSignal): Promise<Container | undefined> {
    const { backOff } = this.#options;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        return this.#create();
      } catch (error) {
        const wait = Math.min(backOff.first * 2 ** failures, backOff.most);
        if (error instanceof PullError) await this.#couldNotPull(error, wait, failures === 0, signal);
        else if (error instanceof SourceError) await this.#isMisconfigured(error, signal);
        else if (error instanceof StartError) {
          if (!(await this.#couldNotStart(error, wait, signal))) return undefined;
        } else {
          this.#event('Warning', 'Failed', `Error: ${error instanceof Error ? error.message : String(error)}`);
          throw error;
        }
      }
    }
    return undefined;
  }

  #create(): Container {
    const { pod, spec, runtime } = this.#options;
    const progress = this.#progress;
    const first = !progress.image;
    const image = (progress.image = runtime.pull(spec.image ?? ''));
    if (first) this.#event('Normal', 'Pulled', `Container image "${spec.image ?? ''}" already present on machine`);
    const container = runtime.start(containerSetup(pod, spec, image, this.#options));
    this.#event('Normal', 'Created', 'Container created');
    return container;
  }

  async #couldNotPull({ message }: PullError, wait: number, first: boolean, signal: AbortSignal): Promise<void> {
    const image = this.#options.spec.image ?? '';
    if (first) {
      this.#event('Normal', 'Pulling', `Pulling image "${image}"`);
      this.#event('Warning', 'Failed', message);
      this.#event('Warning', 'Failed', 'Error: ErrImagePull');
      this.#progress.wait('ErrImagePull', message);
      await rest(Math.min(wait, 1000), signal);
    }
    this.#event('Normal', 'BackOff', `Back-off pulling image "${image}"`);
    this.#event('Warning', 'Failed', 'Error: ImagePullBackOff');
    this.#progress.wait('ImagePullBackOff', `Back-off pulling image "${image}": ${message}`);
    await rest(wait, signal);
  }

  async #isMisconfigured({ message }: SourceError, signal: AbortSignal): Promise<void> {
    this.#event('Warning', 'Failed', `Error: ${message}`);
    this.#progress.wait('CreateContainerConfigError', message);
    await rest(1000, signal);
  }

  /** @returns whether to try again. */
  async #couldNotStart({ message, exitCode, reason }: StartError, wait: number, signal: AbortSignal): Promise<boolean> {
    this.#event('Warning', 'Failed', `Error: ${message}`);
    this.#progress.keepLast();
    this.#progress.terminated({ exitCode, reason, finishedAt: new Date(), message });
    if (!this.#options.restarts(exitCode)) return false;
    this.#progress.restartCount++;
    await rest(wait, signal);
    return true;
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { events, pod, spec } = this.#options;
    events.record(pod, type, reason, message, { container: spec.name });
  }
}

/** Waits, or until it is to stop. */
export async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
