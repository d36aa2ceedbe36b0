import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Container, V1ContainerState, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import {
  PullError,
  StartError,
  type Container,
  type ContainerRuntime,
  type PodSandbox,
  type PulledImage,
} from './container.ts';
import { ContainerProbes } from './container-probes.ts';
import { containerSetup } from './container-setup.ts';
import type { EventRecorder } from './events.ts';
import { runHook } from './lifecycle.ts';
import { SourceError, type NodeMirror } from './sources.ts';
import { duration, stamp } from './time.ts';
import type { PodVolumes } from './volumes.ts';

/** How long a kubelet waits between tries, in milliseconds. */
export interface BackOff {
  first: number;
  most: number;
}

export interface ContainerWorkerOptions {
  pod: V1Pod;
  spec: V1Container;
  sandbox: PodSandbox;
  runtime: ContainerRuntime;
  mirror: NodeMirror;
  volumes: PodVolumes;
  events: EventRecorder;
  backOff: BackOff;
  /** Whether a container that ended with this code is started again. */
  restarts: (exitCode: number) => boolean;
  restartCount: number;
  onChange: () => void;
}

/** Runs one container of a pod: pulls, starts, probes, starts again. */
export class ContainerWorker {
  readonly #options: ContainerWorkerOptions;
  readonly #stop = new AbortController();
  readonly #probes: ContainerProbes;
  #state: V1ContainerState = { waiting: { reason: 'ContainerCreating' } };
  #last: V1ContainerState = {};
  #ready = false;
  #started = false;
  #restartCount: number;
  #image: PulledImage | undefined;
  #stopping: Promise<void> | undefined;
  #tellStarted: () => void = () => undefined;
  /** Resolves when it has started for the first time, its startup probe included, or is to stop. */
  readonly startedOnce = new Promise<void>((resolve) => (this.#tellStarted = resolve));
  container: Container | undefined;
  /** The container before this one, for `kubectl logs --previous`. */
  previous: Container | undefined;

  constructor(options: ContainerWorkerOptions) {
    this.#options = options;
    this.#restartCount = options.restartCount;
    this.#probes = new ContainerProbes(options.spec, options, {
      onStarted: () => {
        this.#started = true;
        this.#tellStarted();
      },
      onReady: (ready) => this.#setReady(ready),
      onDead: (kind) => {
        this.#event('Normal', 'Killing', `Container ${this.name} failed ${kind} probe, will be restarted`);
        void this.container?.stop(options.pod.spec?.terminationGracePeriodSeconds ?? 30);
      },
      onFailure: (kind, message) => this.#event('Warning', 'Unhealthy', `${kind} probe failed: ${message}`),
    });
  }

  get name(): string {
    return this.#options.spec.name;
  }

  get spec(): V1Container {
    return this.#options.spec;
  }

  get ready(): boolean {
    return this.#ready;
  }

  status(): V1ContainerStatus {
    return {
      name: this.name,
      image: this.#image?.reference ?? this.#options.spec.image ?? '',
      imageID: this.#image?.id ?? '',
      ...(this.container ? { containerID: this.container.id } : {}),
      ready: this.#ready,
      started: this.#started,
      restartCount: this.#restartCount,
      state: this.#state,
      lastState: this.#last,
    };
  }

  /** Resolves with its exit code when it has ended for good, or with undefined when it was stopped. */
  async run(): Promise<number | undefined> {
    const { signal } = this.#stop;
    const { backOff, restarts } = this.#options;
    let crashes = 0;
    while (!signal.aborted) {
      const exitCode = await this.#runOnce();
      if (exitCode === undefined) return undefined;
      if (!restarts(exitCode)) return exitCode;
      const wait = Math.min(backOff.first * 2 ** (crashes - 1), backOff.most);
      this.#last = this.#state;
      if (crashes++ > 0) {
        const { name = '', namespace = '', uid = '' } = this.#options.pod.metadata ?? {};
        const message = `restarting failed container=${this.name} pod=${name}_${namespace}(${uid})`;
        this.#wait('CrashLoopBackOff', `back-off ${duration(wait)} ${message}`);
        this.#event(
          'Warning',
          'BackOff',
          `Back-off restarting failed container ${this.name} in pod ${name}_${namespace}(${uid})`,
        );
        await this.#sleep(wait);
      }
      this.#restartCount++;
    }
    return undefined;
  }

  /** Why there is no log yet, in a kubelet's words; undefined when there is one. */
  get waiting(): string | undefined {
    const reason = this.#state.waiting?.reason ?? 'ContainerCreating';
    if (this.container) return undefined;
    return ['ErrImagePull', 'ImagePullBackOff'].includes(reason) ? 'trying and failing to pull image' : reason;
  }

  /** Stops it with all its probes, after its preStop hook. Asked again, with less time, it hurries. */
  async stop(graceSeconds: number): Promise<void> {
    this.#stop.abort();
    this.#tellStarted();
    this.#probes.end();
    if (!this.container || this.#state.terminated) return;
    if (this.#stopping) await this.container.stop(graceSeconds);
    this.#stopping ??= this.#end(this.container, graceSeconds);
    await this.#stopping;
  }

  async #end(container: Container, graceSeconds: number): Promise<void> {
    const { spec, sandbox, runtime } = this.#options;
    const began = Date.now();
    this.#event('Normal', 'Killing', `Stopping container ${this.name}`);
    const hook = spec.lifecycle?.preStop;
    if (hook && graceSeconds > 0) {
      const milliseconds = graceSeconds * 1000;
      const done = runHook(hook, spec, container, { sandbox, runtime, milliseconds });
      const problem = await Promise.race([done, container.exited.then(() => undefined)]);
      if (problem !== undefined) this.#event('Warning', 'FailedPreStopHook', `PreStopHook failed: ${problem}`);
    }
    await container.stop(Math.max(0, graceSeconds - (Date.now() - began) / 1000));
    const exit = await container.exited;
    this.#terminated(exit.exitCode, exit.reason, exit.finishedAt);
  }

  async #runOnce(): Promise<number | undefined> {
    const container = await this.#start();
    if (!container) return undefined;
    this.previous = this.container;
    this.container = container;
    this.#state = { running: { startedAt: stamp(container.startedAt) } };
    this.#event('Normal', 'Started', `Started container ${this.name}`);
    if (await this.#postStart(container)) this.#probes.begin(container);
    this.#options.onChange();
    const exit = await container.exited;
    this.#probes.end();
    this.#terminated(exit.exitCode, exit.reason, exit.finishedAt);
    return exit.exitCode;
  }

  /** Runs the postStart hook. @returns false when it failed: then the container is killed. */
  async #postStart(container: Container): Promise<boolean> {
    const { spec, sandbox, runtime } = this.#options;
    const hook = spec.lifecycle?.postStart;
    if (!hook) return true;
    const done = runHook(hook, spec, container, { sandbox, runtime });
    const problem = await Promise.race([done, container.exited.then(() => undefined)]);
    if (problem === undefined) return true;
    this.#event('Warning', 'FailedPostStartHook', `PostStartHook failed: ${problem}`);
    this.#event('Normal', 'Killing', 'FailedPostStartHook');
    void container.stop(this.#options.pod.spec?.terminationGracePeriodSeconds ?? 30);
    return false;
  }

  /** Tries until it starts. @returns undefined when stopped meanwhile. */
  async #start(): Promise<Container | undefined> {
    const { spec, events, pod } = this.#options;
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      try {
        return this.#create();
      } catch (error) {
        const wait = Math.min(this.#options.backOff.first * 2 ** failures++, this.#options.backOff.most);
        if (error instanceof PullError) {
          if (failures === 1) {
            this.#event('Normal', 'Pulling', `Pulling image "${spec.image ?? ''}"`);
            this.#event('Warning', 'Failed', error.message);
            this.#event('Warning', 'Failed', 'Error: ErrImagePull');
            this.#wait('ErrImagePull', error.message);
            await this.#sleep(Math.min(wait, 1000));
          }
          this.#event('Normal', 'BackOff', `Back-off pulling image "${spec.image ?? ''}"`);
          this.#event('Warning', 'Failed', 'Error: ImagePullBackOff');
          this.#wait('ImagePullBackOff', `Back-off pulling image "${spec.image ?? ''}": ${error.message}`);
          await this.#sleep(wait);
        } else if (error instanceof SourceError) {
          this.#event('Warning', 'Failed', `Error: ${error.message}`);
          this.#wait('CreateContainerConfigError', error.message);
          await this.#sleep(1000);
        } else if (error instanceof StartError) {
          this.#event('Warning', 'Failed', `Error: ${error.message}`);
          this.#last = this.#state.terminated ? this.#state : this.#last;
          this.#terminated(error.exitCode, error.reason, new Date(), error.message);
          if (!this.#options.restarts(error.exitCode)) return undefined;
          this.#restartCount++;
          await this.#sleep(wait);
        } else {
          events.record(pod, 'Warning', 'Failed', `Error: ${error instanceof Error ? error.message : String(error)}`, {
            container: spec.name,
          });
          throw error;
        }
      }
    }
    return undefined;
  }

  #create(): Container {
    const { pod, spec, runtime } = this.#options;
    const first = !this.#image;
    const image = (this.#image = runtime.pull(spec.image ?? ''));
    if (first) this.#event('Normal', 'Pulled', `Container image "${spec.image ?? ''}" already present on machine`);
    const container = runtime.start(containerSetup(pod, spec, image, this.#options));
    this.#event('Normal', 'Created', `Created container ${spec.name}`);
    return container;
  }

  #setReady(ready: boolean): void {
    if (ready === this.#ready) return;
    this.#ready = ready;
    this.#options.onChange();
  }

  #wait(reason: string, message: string): void {
    this.#state = { waiting: { reason, message } };
    this.#options.onChange();
  }

  #terminated(exitCode: number, reason: string, finishedAt: Date, message?: string): void {
    this.#ready = false;
    this.#started = false;
    this.#state = {
      terminated: {
        exitCode,
        reason,
        ...(message ? { message } : {}),
        startedAt: stamp(this.container?.startedAt ?? finishedAt),
        finishedAt: stamp(finishedAt),
        ...(this.container ? { containerID: this.container.id } : {}),
      },
    };
    this.#options.onChange();
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#options.events.record(this.#options.pod, type, reason, message, { container: this.name });
  }

  async #sleep(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
