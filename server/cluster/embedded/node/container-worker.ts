import type { V1Container, V1ContainerStatus, V1EphemeralContainer, V1Pod } from '@kubernetes/client-node';
import { StartError, type Container, type ContainerExit, type ContainerRuntime, type PodSandbox } from './container.ts';
import { ContainerProbes } from './container-probes.ts';
import { ContainerProgress } from './container-progress.ts';
import { ContainerStart, rest } from './container-start.ts';
import type { EventRecorder } from './events.ts';
import { runHook } from './lifecycle.ts';
import type { NodeMirror } from './node-mirror.ts';
import { terminationMessage } from './termination-message.ts';
import { fullNameOf } from './pod-name.ts';
import { duration } from './time.ts';
import type { PodVolumes } from './volumes.ts';

/** How long a kubelet waits between tries, in milliseconds. */
export interface BackOff {
  first: number;
  most: number;
}

export interface ContainerWorkerOptions {
  pod: V1Pod;
  spec: V1Container | V1EphemeralContainer;
  sandbox: PodSandbox;
  runtime: ContainerRuntime;
  mirror: NodeMirror;
  volumes: PodVolumes;
  events: EventRecorder;
  backOff: BackOff;
  /** Whether a container that ended with this code is started again. */
  restarts: (exitCode: number) => boolean;
  restartCount: number;
  /** Why it waits until it is started. */
  reason: string;
  onChange: () => void;
  /** Whether a container of the pod has been started. */
  hasStarted: (container: string) => boolean;
}

/** Why a container didn't come up, for as long as it waits. */
interface Failure {
  reason: 'RunContainerError' | 'PostStartHookError';
  message: string;
}

/** How one run of a container ended. */
interface End {
  exitCode: number;
  failure?: Failure | undefined;
}

/** What containerd says a container exited with that never ran. */
const couldNotStart = 128;

/** Runs one container of a pod: starts, probes, starts again, stops. */
export class ContainerWorker {
  readonly #options: ContainerWorkerOptions;
  readonly #stop = new AbortController();
  readonly #probes: ContainerProbes;
  readonly #progress: ContainerProgress;
  readonly #start: ContainerStart;
  #stopping: Promise<void> | undefined;
  #tellStarted: () => void = () => undefined;
  /** Resolves when it has started for the first time, its startup probe included, or is to stop. */
  readonly startedOnce = new Promise<void>((resolve) => (this.#tellStarted = resolve));

  constructor(options: ContainerWorkerOptions) {
    this.#options = options;
    const progress = (this.#progress = new ContainerProgress(options));
    this.#start = new ContainerStart(options, progress);
    this.#probes = new ContainerProbes(options.spec, options, {
      onStarted: () => {
        progress.started = true;
        this.#tellStarted();
      },
      onReady: (ready) => progress.setReady(ready),
      onDead: (kind) => {
        this.#event('Normal', 'Killing', `Container ${this.name} failed ${kind} probe, will be restarted`);
        void this.container?.stop(options.pod.spec?.terminationGracePeriodSeconds ?? 30);
      },
      onProblem: (message) => this.#event('Warning', 'Unhealthy', message),
    });
  }

  get name(): string {
    return this.#options.spec.name;
  }

  get spec(): V1Container | V1EphemeralContainer {
    return this.#options.spec;
  }

  get ready(): boolean {
    return this.#progress.ready;
  }

  get container(): Container | undefined {
    return this.#progress.container;
  }

  get previous(): Container | undefined {
    return this.#progress.previous;
  }

  /** Whether one of it has run, or was to. */
  get hasRun(): boolean {
    return this.#progress.hasRun;
  }

  get isUntried(): boolean {
    return this.#progress.isUntried;
  }

  /** What it ended with; undefined while it runs or waits. */
  get exitCode(): number | undefined {
    return this.#progress.exitCode;
  }

  /** Why there is no log yet, in a kubelet's words; undefined when there is one. */
  get waiting(): string | undefined {
    return this.#progress.waiting;
  }

  status(): V1ContainerStatus {
    return this.#progress.status(this.name, this.spec.image ?? '');
  }

  /** Resolves with its exit code when it has ended for good, or with undefined when it was stopped. */
  async run(): Promise<number | undefined> {
    const { signal } = this.#stop;
    const isToStop = () => signal.aborted;
    const { backOff, restarts } = this.#options;
    let crashes = 0;
    while (!isToStop()) {
      const end = await this.#runOnce();
      if (end === undefined) return undefined;
      if (!restarts(end.exitCode)) return end.exitCode;
      if (isToStop()) return undefined;
      const wait = Math.min(backOff.first * 2 ** (crashes - 1), backOff.most);
      this.#progress.keepLast();
      if (end.failure) this.#progress.wait(end.failure.reason, end.failure.message);
      if (crashes++ > 0) {
        const place = fullNameOf(this.#options.pod);
        const message = `restarting failed container=${this.name} pod=${place}`;
        this.#progress.wait('CrashLoopBackOff', `back-off ${duration(wait)} ${message}`);
        this.#event('Warning', 'BackOff', `Back-off restarting failed container ${this.name} in pod ${place}`);
        await rest(wait, signal);
      }
      if (!isToStop()) this.#progress.restartCount++;
    }
    return undefined;
  }

  /**
   * Stops it with all its probes, after its preStop hook and when it is its turn. Asked again, with less time, it hurries.
   * @param turn what it waits for, at most for as long as it has.
   */
  async stop(graceSeconds: number, turn?: Promise<unknown>): Promise<void> {
    this.#stop.abort();
    this.#tellStarted();
    this.#probes.end();
    const { container } = this;
    if (!container || this.#progress.hasEnded) return;
    if (this.#stopping) await container.stop(graceSeconds);
    this.#stopping ??= this.#end(container, graceSeconds, turn);
    await this.#stopping;
  }

  async #end(container: Container, graceSeconds: number, turn: Promise<unknown> | undefined): Promise<void> {
    const { spec, sandbox, runtime } = this.#options;
    const deadline = Date.now() + graceSeconds * 1000;
    this.#event('Normal', 'Killing', `Stopping container ${this.name}`);
    const ended = container.exited.then(() => undefined);
    const hook = spec.lifecycle?.preStop;
    if (hook && graceSeconds > 0) {
      const done = runHook(hook, spec, container, { sandbox, runtime, milliseconds: graceSeconds * 1000 });
      const problem = await Promise.race([done, ended]);
      // What it wrote may be a secret: a kubelet keeps it to itself.
      if (problem !== undefined) this.#event('Warning', 'FailedPreStopHook', 'PreStopHook failed');
    }
    if (turn && deadline > Date.now()) {
      const came = new AbortController();
      await Promise.race([turn, ended, rest(deadline - Date.now(), came.signal)]);
      came.abort();
    }
    await container.stop(Math.max(0, (deadline - Date.now()) / 1000));
    await this.#ended(await container.exited, container);
  }

  async #runOnce(): Promise<End | undefined> {
    const container = await this.#start.run(this.#stop.signal).catch((error: unknown) => this.#couldNotStart(error));
    if (!container || 'exitCode' in container) return container;
    this.#progress.running(container);
    this.#event('Normal', 'Started', 'Container started');
    const failure = await this.#postStart(container);
    if (!failure) this.#probes.begin(container);
    this.#options.onChange();
    const exit = await container.exited;
    this.#probes.end();
    await this.#ended(exit, container);
    return { exitCode: exit.exitCode, failure };
  }

  /** @throws the error, if the runtime isn't at its root. */
  #couldNotStart(error: unknown): End {
    if (!(error instanceof StartError)) throw error;
    const { message } = error;
    const reason = 'StartError';
    this.#progress.terminated({
      exitCode: couldNotStart,
      reason,
      startedAt: new Date(0),
      finishedAt: new Date(),
      message,
    });
    return { exitCode: couldNotStart, failure: { reason: 'RunContainerError', message } };
  }

  async #ended(exit: ContainerExit, container: Container): Promise<void> {
    this.#progress.terminated({ ...exit, message: await terminationMessage(this.spec, container, exit) });
  }

  /** Runs the postStart hook. @returns what went wrong; then the container is killed. */
  async #postStart(container: Container): Promise<Failure | undefined> {
    const { pod, spec, sandbox, runtime } = this.#options;
    const hook = spec.lifecycle?.postStart;
    if (!hook) return undefined;
    const done = runHook(hook, spec, container, { sandbox, runtime });
    const problem = await Promise.race([done, container.exited.then(() => undefined)]);
    if (problem === undefined) return undefined;
    this.#event('Warning', 'FailedPostStartHook', 'PostStartHook failed');
    this.#event('Normal', 'Killing', 'FailedPostStartHook');
    void container.stop(pod.spec?.terminationGracePeriodSeconds ?? 30);
    const where = `for Container "${this.name}" in Pod "${fullNameOf(pod)}"`;
    return { reason: 'PostStartHookError', message: `${problem.hook} ${where} failed - error: ${problem.error}` };
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#options.events.record(this.#options.pod, type, reason, message, { container: this.name });
  }
}
