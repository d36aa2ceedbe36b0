import type { Duplex } from 'node:stream';
import type { V1Pod } from '@kubernetes/client-node';
import type { Log } from '../../../log.ts';
import type { Kube } from '../../kube.ts';
import type { BackOff } from './container-worker.ts';
import type { ContainerRuntime, PodSandbox } from './container.ts';
import type { EventRecorder } from './events.ts';
import { canBeEvicted } from './eviction.ts';
import { watchDisk } from './watch-disk.ts';
import type { ServedContainer } from './kubelet-server.ts';
import { isSidecar, PodConditions } from './pod-conditions.ts';
import { PodContainers } from './pod-containers.ts';
import { sandboxOf } from './pod-sandbox.ts';
import { hasEnded, type PodPhase } from './pod-phase.ts';
import { podStatus, type PodFailure } from './pod-status.ts';
import { ignoreGone, PodStatusWriter } from './pod-status-writer.ts';
import type { NodeMirror } from './node-mirror.ts';
import { SourceError } from './sources.ts';
import { PodVolumes } from './volumes.ts';

export interface PodWorkerOptions {
  kube: Kube;
  runtime: ContainerRuntime;
  mirror: NodeMirror;
  events: EventRecorder;
  log: Log;
  backOff: BackOff;
  nodeName: string;
  nodeIP: string;
}

/** How long the containers of an evicted pod have to end (pkg/kubelet/eviction/eviction_manager.go). */
const evictionGraceSeconds = 1;

/** Runs one pod from its binding to its end, and keeps its status. */
export class PodWorker {
  readonly #options: PodWorkerOptions;
  #pod: V1Pod;
  readonly #sandbox: PodSandbox;
  readonly #volumes: PodVolumes;
  readonly #containers: PodContainers;
  readonly #stop = new AbortController();
  readonly #conditions = new PodConditions();
  readonly #startedAt = new Date();
  readonly #sidecars: Promise<unknown>[] = [];
  readonly #status: PodStatusWriter;
  #mounted = false;
  #initialized: boolean;
  #phase: PodPhase = 'Pending';
  #failure: PodFailure | undefined;
  #gone = false;
  #deleting: Promise<void> | undefined;
  readonly #work: Promise<void>;

  constructor(pod: V1Pod, ip: string, options: PodWorkerOptions) {
    this.#options = options;
    this.#pod = pod;
    const sandbox = (this.#sandbox = sandboxOf(pod, ip, options));
    options.runtime.addPod(sandbox);
    const volumes = (this.#volumes = new PodVolumes({ ...options, pod, sandbox }));
    this.#status = new PodStatusWriter({
      ...options,
      sandbox,
      status: () => this.#statusNow(),
      isStarting: () => this.#phase === 'Pending',
      isComingUp: () => this.#containers.isUntried,
      isSteady: () => this.#stop.signal.aborted || this.#containers.main.every(({ ready }) => ready),
    });
    const onChange = () => this.#status.changed();
    this.#containers = new PodContainers({ ...options, pod, sandbox, volumes, onChange });
    this.#initialized = this.#containers.init.length === 0;
    this.#work = this.#run().catch((error: unknown) => {
      options.log.error({ err: error, pod: `${sandbox.namespace}/${sandbox.name}` }, 'a pod could not be run');
      this.#end('Failed', { reason: 'NodeError', message: error instanceof Error ? error.message : String(error) });
    });
  }

  get sandbox(): PodSandbox {
    return this.#sandbox;
  }

  /** A container by name, init containers included. */
  container(name: string): ServedContainer | undefined {
    const worker = this.#containers.find(name);
    if (!worker) return undefined;
    return { current: worker.container, previous: worker.previous, waiting: worker.waiting };
  }

  /** Connects to a port inside it; undefined when nothing listens there. */
  openPort(port: number): ((client: Duplex) => Promise<void>) | undefined {
    return this.#options.runtime.openPort(this.#sandbox, port);
  }

  /** The pod was changed: what of it may change while it runs. */
  update(pod: V1Pod): void {
    this.#pod = pod;
    this.#startEphemeral();
  }

  /** A Secret or ConfigMap of its namespace changed: mounted ones follow. */
  refreshVolumes(): void {
    if (!this.#mounted || this.#stop.signal.aborted) return;
    try {
      this.#volumes.refresh();
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#event('Warning', 'FailedMount', error.message);
    }
  }

  /** The pod is to go: stops its containers and tells the API server when it is done. */
  delete(graceSeconds: number): Promise<void> {
    if (this.#deleting) void this.#stopContainers(graceSeconds);
    this.#deleting ??= (async () => {
      await this.#stopContainers(graceSeconds);
      this.#endAsStopped();
      await this.#status.settled();
      const { namespace, name, uid } = this.#sandbox;
      if (!this.#gone)
        await ignoreGone(
          this.#options.kube.request('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`, {
            body: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } },
          }),
        );
      await this.#forget();
    })();
    return this.#deleting;
  }

  /** The pod is no more: its containers end at once, and there is nobody to be told. */
  async gone(): Promise<void> {
    this.#gone = true;
    this.#status.close();
    await this.#stopContainers(0);
    await (this.#deleting ?? this.#forget());
  }

  async #forget(): Promise<void> {
    await this.#status.settled();
    this.#options.runtime.removePod(this.#sandbox.uid);
    this.#options.events.forget(this.#pod);
  }

  /** The node stops: containers end at once and the API server isn't told. */
  async abandon(): Promise<void> {
    this.#status.discard();
    await this.#stopContainers(0);
    await this.#status.settled();
    if (!this.#deleting) this.#options.runtime.removePod(this.#sandbox.uid);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    this.#status.changed();
    this.#mounted = await this.#volumes.mount(signal, (message) => this.#event('Warning', 'FailedMount', message));
    this.#startEphemeral();
    const { init, main } = this.#containers;
    for (const worker of init) {
      if (signal.aborted) return;
      if (isSidecar(worker.spec)) {
        this.#sidecars.push(worker.run());
        await worker.startedOnce;
        continue;
      }
      const code = await worker.run();
      if (code === undefined) return;
      if (code !== 0) {
        await this.#finish('Failed');
        return;
      }
    }
    this.#initialized = true;
    const done = new AbortController();
    if (canBeEvicted(this.#pod)) void this.#evict(AbortSignal.any([signal, done.signal]));
    const deadline = this.#pod.spec?.activeDeadlineSeconds;
    const timer = deadline === undefined ? undefined : setTimeout(() => this.#overrun(), deadline * 1000);
    const codes = await Promise.all(main.map((worker) => worker.run()));
    clearTimeout(timer);
    done.abort();
    if (signal.aborted || this.#failure) return;
    await this.#finish(codes.every((code) => code === 0) ? 'Succeeded' : 'Failed');
  }

  #startEphemeral(): void {
    if (this.#mounted && !hasEnded(this.#phase) && !this.#stop.signal.aborted)
      this.#containers.ephemeral.start(this.#pod);
  }

  /** Its own containers have ended: what runs beside them ends too. */
  async #finish(phase: 'Succeeded' | 'Failed'): Promise<void> {
    await this.#containers.stop(this.#pod.spec?.terminationGracePeriodSeconds ?? 30);
    await Promise.all(this.#sidecars);
    this.#end(phase);
  }

  #overrun(): void {
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#event('Normal', 'DeadlineExceeded', message);
    void this.#fail({ reason: 'DeadlineExceeded', message }, this.#pod.spec?.terminationGracePeriodSeconds ?? 30);
  }

  /** Ends it when it keeps too much on the disk. */
  async #evict(signal: AbortSignal): Promise<void> {
    try {
      const message = await watchDisk(this.#pod, this.#containers, this.#volumes, signal);
      if (message === undefined) return;
      this.#event('Warning', 'Evicted', message);
      await this.#fail({ reason: 'Evicted', message }, evictionGraceSeconds);
    } catch (error) {
      this.#options.log.warn({ err: error, pod: this.#sandbox.name }, "a pod's disk use is not known");
    }
  }

  /** Ends it while its containers run. */
  async #fail(failure: PodFailure, graceSeconds: number): Promise<void> {
    this.#failure = failure;
    await this.#stopContainers(graceSeconds);
    this.#end('Failed', failure);
  }

  /** Its containers were stopped: the phase it goes with says how they took it (getPhase in pkg/kubelet/kubelet_pods.go). */
  #endAsStopped(): void {
    const codes = this.#containers.main.map(({ exitCode }) => exitCode);
    if (hasEnded(this.#phase) || codes.includes(undefined)) return;
    this.#end(codes.every((code) => code === 0) ? 'Succeeded' : 'Failed');
  }

  #end(phase: 'Succeeded' | 'Failed', failure?: PodFailure): void {
    this.#phase = phase;
    this.#failure = failure;
    this.#status.changed();
  }

  async #stopContainers(graceSeconds: number): Promise<void> {
    this.#stop.abort();
    this.#status.hurry();
    await this.#containers.stop(graceSeconds);
    await this.#work;
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#options.events.record(this.#pod, type, reason, message);
  }

  #statusNow(): object {
    const { main } = this.#containers;
    if (this.#phase === 'Pending' && main.some(({ hasRun }) => hasRun)) this.#phase = 'Running';
    return podStatus({
      ...this.#options,
      pod: this.#pod,
      sandbox: this.#sandbox,
      containers: this.#containers,
      conditions: this.#conditions,
      startedAt: this.#startedAt,
      phase: this.#phase,
      mounted: this.#mounted,
      initialized: this.#initialized,
      failure: this.#failure,
    });
  }
}
