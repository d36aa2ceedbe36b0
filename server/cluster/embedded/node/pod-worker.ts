import { setTimeout as sleep } from 'node:timers/promises';
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { Log } from '../../../log.ts';
import { KubeError } from '../../kube-error.ts';
import type { Kube } from '../../kube.ts';
import { ContainerWorker, type BackOff } from './container-worker.ts';
import type { ContainerRuntime, PodSandbox } from './container.ts';
import { dnsConfigOf } from './dns-config.ts';
import { EphemeralContainers } from './ephemeral-containers.ts';
import type { EventRecorder } from './events.ts';
import type { ServedContainer } from './kubelet-server.ts';
import { initStatus, isSidecar, PodConditions } from './pod-conditions.ts';
import { SourceError, type NodeMirror } from './sources.ts';
import { stamp } from './time.ts';
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

/** Changes of a pod's status within this time are written together; while it starts, until it is ready. */
const gatherMs = 25;
const startMs = 100;

/** Runs one pod from its binding to its end, and keeps its status. */
export class PodWorker {
  readonly #options: PodWorkerOptions;
  readonly #pod: V1Pod;
  readonly #sandbox: PodSandbox;
  readonly #volumes: PodVolumes;
  readonly #init: ContainerWorker[];
  readonly #main: ContainerWorker[];
  readonly #stop = new AbortController();
  readonly #conditions = new PodConditions();
  readonly #startedAt = new Date();
  readonly #ephemeral: EphemeralContainers;
  readonly #sidecars: Promise<unknown>[] = [];
  #mounted = false;
  #initialized: boolean;
  #phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' = 'Pending';
  #failure: { reason: string; message: string } | undefined;
  #dirty = false;
  #gone = false;
  #writing: Promise<void> | undefined;
  #steadied = Promise.withResolvers<undefined>();
  #deleting: Promise<void> | undefined;
  readonly #work: Promise<void>;

  constructor(pod: V1Pod, ip: string, options: PodWorkerOptions) {
    this.#options = options;
    this.#pod = pod;
    const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
    const hostNetwork = pod.spec?.hostNetwork ?? false;
    this.#sandbox = {
      namespace,
      name,
      uid,
      ip: hostNetwork ? options.nodeIP : ip,
      hostname: pod.spec?.hostname ?? (hostNetwork ? options.nodeName : name),
      hostNetwork,
      hostPID: pod.spec?.hostPID ?? false,
      ownPids: !(pod.spec?.hostPID ?? pod.spec?.shareProcessNamespace ?? false),
      nodeName: options.nodeName,
      dns: dnsConfigOf(pod.spec, namespace),
    };
    options.runtime.addPod(this.#sandbox);
    this.#volumes = new PodVolumes({
      pod,
      sandbox: this.#sandbox,
      runtime: options.runtime,
      mirror: options.mirror,
      kube: options.kube,
    });
    const policy = pod.spec?.restartPolicy ?? 'Always';
    const before = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const worker = (
      spec: NonNullable<V1Pod['spec']>['containers'][number],
      restarts: (exitCode: number) => boolean,
    ) => {
      const earlier = before.find((status) => status.name === spec.name);
      const ran = earlier?.state?.running ?? earlier?.state?.terminated;
      return new ContainerWorker({
        ...options,
        pod,
        spec,
        sandbox: this.#sandbox,
        volumes: this.#volumes,
        restarts,
        restartCount: (earlier?.restartCount ?? 0) + (ran ? 1 : 0),
        onChange: () => this.#changed(),
      });
    };
    this.#init = (pod.spec?.initContainers ?? []).map((spec) =>
      worker(spec, (code) => isSidecar(spec) || (code !== 0 && policy !== 'Never')),
    );
    this.#main = (pod.spec?.containers ?? []).map((spec) =>
      worker(spec, (code) => policy === 'Always' || (policy === 'OnFailure' && code !== 0)),
    );
    this.#initialized = this.#init.length === 0;
    this.#ephemeral = new EphemeralContainers((name, message) =>
      options.events.record(pod, 'Warning', 'Failed', `Error: ${message}`, { container: name }),
    );
    this.#ephemeral.refuse(pod);
    this.#work = this.#run().catch((error: unknown) => {
      options.log.error({ err: error, pod: `${namespace}/${name}` }, 'a pod could not be run');
      this.#end('Failed', { reason: 'NodeError', message: error instanceof Error ? error.message : String(error) });
    });
  }

  get sandbox(): PodSandbox {
    return this.#sandbox;
  }

  /** A container by name, init containers included. */
  container(name: string): ServedContainer | undefined {
    const worker = [...this.#main, ...this.#init].find((each) => each.name === name);
    if (!worker) return this.#ephemeral.served(name);
    const waiting = !this.#initialized && this.#main.includes(worker) ? 'PodInitializing' : worker.waiting;
    return { current: worker.container, previous: worker.previous, waiting };
  }

  /** The pod was changed: what of it may change while it runs. */
  update(pod: V1Pod): void {
    if (this.#ephemeral.refuse(pod)) this.#changed();
  }

  /** A Secret or ConfigMap of its namespace changed: mounted ones follow. */
  async refreshVolumes(): Promise<void> {
    if (!this.#mounted || this.#stop.signal.aborted) return;
    try {
      await this.#volumes.refresh();
    } catch (error) {
      if (error instanceof SourceError) this.#event('Warning', 'FailedMount', error.message);
      else if (!(error instanceof KubeError)) throw error;
    }
  }

  /** The pod is to go: stops its containers and tells the API server when it is done. */
  delete(graceSeconds: number): Promise<void> {
    if (this.#deleting) void this.#stopContainers(graceSeconds);
    this.#deleting ??= (async () => {
      await this.#stopContainers(graceSeconds);
      await this.#writing;
      const { namespace, name, uid } = this.#sandbox;
      if (!this.#gone)
        await this.#ignoreGone(
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
    await this.#stopContainers(0);
    await (this.#deleting ?? this.#forget());
  }

  async #forget(): Promise<void> {
    await this.#writing;
    this.#options.runtime.removePod(this.#sandbox.uid);
    this.#options.events.forget(this.#pod);
  }

  /** The node stops: containers end at once and the API server isn't told. */
  async abandon(): Promise<void> {
    this.#dirty = false;
    await this.#stopContainers(0);
    await this.#writing;
    if (!this.#deleting) this.#options.runtime.removePod(this.#sandbox.uid);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    this.#changed();
    for (let wait = 500; !this.#mounted && !signal.aborted; wait = Math.min(wait * 2, 2000)) {
      try {
        await this.#volumes.refresh();
        this.#mounted = true;
      } catch (error) {
        if (!(error instanceof SourceError || error instanceof KubeError)) throw error;
        this.#event('Warning', 'FailedMount', error.message);
        await sleep(wait, undefined, { signal }).catch(() => undefined);
      }
    }
    for (const worker of this.#init) {
      if (signal.aborted) return;
      if (isSidecar(worker.spec)) {
        this.#sidecars.push(worker.run());
        await worker.startedOnce;
        continue;
      }
      const code = await worker.run();
      if (code === undefined) return;
      if (code !== 0) {
        this.#end('Failed');
        return;
      }
    }
    this.#initialized = true;
    const deadline = this.#pod.spec?.activeDeadlineSeconds;
    const timer = deadline === undefined ? undefined : setTimeout(() => void this.#overrun(), deadline * 1000);
    const codes = await Promise.all(this.#main.map((worker) => worker.run()));
    clearTimeout(timer);
    if (signal.aborted || this.#failure) return;
    await Promise.all(this.#init.map((worker) => worker.stop(this.#pod.spec?.terminationGracePeriodSeconds ?? 30)));
    await Promise.all(this.#sidecars);
    this.#end(codes.every((code) => code === 0) ? 'Succeeded' : 'Failed');
  }

  async #overrun(): Promise<void> {
    this.#failure = {
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    };
    this.#event('Normal', 'DeadlineExceeded', this.#failure.message);
    await this.#stopContainers(this.#pod.spec?.terminationGracePeriodSeconds ?? 30);
    this.#end('Failed', this.#failure);
  }

  #end(phase: 'Succeeded' | 'Failed', failure?: { reason: string; message: string }): void {
    this.#phase = phase;
    this.#failure = failure;
    this.#changed();
  }

  async #stopContainers(graceSeconds: number): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#init, ...this.#main].map((worker) => worker.stop(graceSeconds)));
    await this.#work;
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#options.events.record(this.#pod, type, reason, message);
  }

  /** Writes the status soon; what changes meanwhile goes along. */
  #changed(): void {
    if (this.#gone) return;
    this.#dirty = true;
    if (this.#steady()) this.#steadied.resolve(undefined);
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** Whether nothing more is about to change soon. */
  #steady(): boolean {
    return this.#stop.signal.aborted || this.#main.every(({ ready }) => ready);
  }

  async #write(): Promise<void> {
    const { namespace, name, uid } = this.#sandbox;
    // A pod that comes up at once is ready by then: a write less, for the API server and for all who watch.
    this.#steadied = Promise.withResolvers();
    const most = this.#phase === 'Pending' ? startMs : gatherMs;
    if (!this.#steady()) await Promise.race([sleep(most), this.#steadied.promise]);
    while (this.#dirty && !this.#gone) {
      this.#dirty = false;
      try {
        await this.#ignoreGone(
          this.#options.kube.request('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, {
            contentType: 'application/merge-patch+json',
            body: { metadata: { uid }, status: this.#status() },
          }),
        );
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#options.log.debug({ err: error, pod: `${namespace}/${name}` }, 'a pod status was not written');
        this.#dirty = true;
        await sleep(500);
      }
    }
  }

  async #ignoreGone(request: Promise<unknown>): Promise<void> {
    try {
      await request;
    } catch (error) {
      // Gone, or already another pod of the same name.
      if (!(error instanceof KubeError && (error.status === 404 || error.status === 409))) throw error;
    }
  }

  #status(): object {
    if (this.#phase === 'Pending' && this.#main.some(({ container }) => container)) this.#phase = 'Running';
    const ip = this.#mounted ? this.#sandbox.ip : undefined;
    const pending = (status: V1ContainerStatus): V1ContainerStatus =>
      this.#initialized ? status : Object.assign({}, status, { state: { waiting: { reason: 'PodInitializing' } } });
    return {
      phase: this.#phase,
      conditions: this.#conditions.of({
        done: this.#phase === 'Succeeded' || this.#phase === 'Failed',
        mounted: this.#mounted,
        initialized: this.#initialized,
        init: this.#init,
        main: this.#main,
      }),
      hostIP: this.#options.nodeIP,
      hostIPs: [{ ip: this.#options.nodeIP }],
      ...(ip ? { podIP: ip, podIPs: [{ ip }] } : {}),
      startTime: stamp(this.#startedAt),
      qosClass: this.#pod.status?.qosClass,
      ...(this.#failure ?? {}),
      ...(this.#init.length > 0 ? { initContainerStatuses: this.#init.map((worker) => initStatus(worker)) } : {}),
      ...this.#ephemeral.status(),
      containerStatuses: this.#main.map((worker) => pending(worker.status())),
    };
  }
}
