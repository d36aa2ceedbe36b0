import { setTimeout as sleep } from 'node:timers/promises';
import { CreateError, PullError, type Container } from './container.ts';
import type { ContainerProgress } from './container-progress.ts';
import { containerSetup } from './container-setup.ts';
import type { ContainerWorkerOptions } from './container-worker.ts';
import { imageNameProblem } from './image-name.ts';
import { SourceError } from './sources.ts';

/** The image's name is none. */
class ImageNameError extends Error {}

/**
 * Starts a container; tries until that succeeds, and tells why it doesn't. In the words of the kubelet
 * (pkg/kubelet/kuberuntime/kuberuntime_container.go, pkg/kubelet/images/image_manager.go).
 */
export class ContainerStart {
  readonly #options: ContainerWorkerOptions;
  readonly #progress: ContainerProgress;

  constructor(options: ContainerWorkerOptions, progress: ContainerProgress) {
    this.#options = options;
    this.#progress = progress;
  }

  /** @returns undefined when stopped meanwhile. @throws StartError when the runtime can't start it */
  async run(signal: AbortSignal): Promise<Container | undefined> {
    const { backOff } = this.#options;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        return this.#create();
      } catch (error) {
        if (error instanceof ImageNameError) await this.#isMisnamed(error, signal);
        else if (error instanceof PullError)
          await this.#couldNotPull(error, Math.min(backOff.first * 2 ** failures, backOff.most), signal);
        else if (error instanceof SourceError) await this.#waits('CreateContainerConfigError', error, signal);
        else if (error instanceof CreateError) await this.#waits('CreateContainerError', error, signal);
        else {
          this.#failed(error instanceof Error ? error.message : String(error));
          throw error;
        }
      }
    }
    return undefined;
  }

  #create(): Container {
    const { pod, spec, runtime } = this.#options;
    const name = spec.image ?? '';
    const problem = imageNameProblem(name);
    if (problem !== undefined) throw new ImageNameError(problem);
    const image = (this.#progress.image = runtime.pull(name));
    this.#event(
      'Normal',
      'Pulled',
      `Container image "${name}" already present on machine and can be accessed by the pod`,
    );
    const setup = containerSetup(pod, spec, image, this.#options);
    this.#event('Normal', 'Created', 'Container created');
    return runtime.start(setup);
  }

  async #isMisnamed({ message }: ImageNameError, signal: AbortSignal): Promise<void> {
    this.#event('Warning', 'InspectFailed', message);
    this.#failed('InvalidImageName');
    this.#progress.wait('InvalidImageName', message);
    await rest(this.#options.backOff.first, signal);
  }

  async #couldNotPull({ message }: PullError, wait: number, signal: AbortSignal): Promise<void> {
    const { image = '', imagePullPolicy } = this.#options.spec;
    if (imagePullPolicy === 'Never') {
      const why = `Container image "${image}" is not present with pull policy of Never`;
      this.#event('Warning', 'ErrImageNeverPull', why);
      this.#failed('ErrImageNeverPull');
      this.#progress.wait('ErrImageNeverPull', why);
      await rest(wait, signal);
      return;
    }
    this.#event('Normal', 'Pulling', `Pulling image "${image}"`);
    this.#event('Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
    this.#failed('ErrImagePull');
    this.#progress.wait('ErrImagePull', message);
    await rest(Math.min(wait, 1000), signal);
    this.#event('Normal', 'BackOff', `Back-off pulling image "${image}"`);
    this.#failed('ImagePullBackOff');
    this.#progress.wait('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${message}`);
    await rest(wait, signal);
  }

  async #waits(reason: string, { message }: Error, signal: AbortSignal): Promise<void> {
    this.#failed(message);
    this.#progress.wait(reason, message);
    await rest(1000, signal);
  }

  #failed(why: string): void {
    this.#event('Warning', 'Failed', `Error: ${why}`);
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
