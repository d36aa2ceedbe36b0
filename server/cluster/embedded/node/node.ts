import type { V1PersistentVolume, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node';
import type { Log } from '../../../log.ts';
import type { Kube } from '../../kube.ts';
import type { MirrorChange } from '../../mirror.ts';
import { AddressPool } from './address-pool.ts';
import type { BackOff } from './container-worker.ts';
import type { ContainerRuntime } from './container.ts';
import { EventRecorder } from './events.ts';
import { KubeletServer } from './kubelet-server.ts';
import { PodWorker } from './pod-worker.ts';
import { registerNode } from './register.ts';
import { Scheduler } from './scheduling/scheduler.ts';
import { Provisioner } from './storage/provisioner.ts';
import type { NodeMirror } from './node-mirror.ts';

export interface NodeOptions {
  /** The administrator's connection. */
  kube: Kube;
  /** Started by the caller, who also stops it after the node. */
  mirror: NodeMirror;
  runtime: ContainerRuntime;
  certificates: {
    /** PEM, for the address. */
    servingCertificate: string;
    servingKey: string;
    /** PEM of the authority that signed the API server's client certificate; nobody else is answered. */
    clientAuthority: string;
  };
  address: string;
  /** As the API server says its own, `v1.37.2`. */
  version: string;
  log: Log;
  name?: string;
  /** A kubelet's are 10 s and 5 minutes; tests can't wait as long. */
  backOff?: BackOff;
}

export interface SimulatedNode {
  /** Where the kubelet's API listens. */
  port: number;
  /** Lets the node's events wait, or go on. */
  holdEvents(held: boolean): void;
  stop(): Promise<void>;
}

const kubeletBackOff: BackOff = { first: 10_000, most: 300_000 };

/** Starts the simulated node: registers it, binds and runs pods, serves the kubelet's API. */
export async function startNode(options: NodeOptions): Promise<SimulatedNode> {
  const node = new Node(options);
  await node.start();
  return node;
}

class Node implements SimulatedNode {
  readonly #options: NodeOptions;
  readonly #name: string;
  readonly #events: EventRecorder;
  readonly #addresses = new AddressPool();
  /** By the pod's UID. */
  readonly #workers = new Map<string, PodWorker>();
  readonly #server: KubeletServer;
  readonly #scheduler: Scheduler;
  readonly #provisioner: Provisioner;
  #ignore: () => void = () => undefined;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.#name = options.name ?? 'haechi';
    this.#events = new EventRecorder(options, this.#name);
    const place = { ...options, events: this.#events, nodeName: this.#name };
    this.#scheduler = new Scheduler(place);
    this.#provisioner = new Provisioner(place);
    this.#server = new KubeletServer({ ...options, find: (namespace, pod) => this.#find(namespace, pod) });
  }

  get port(): number {
    return this.#server.port;
  }

  async start(): Promise<void> {
    const { kube, mirror, address, version, log } = this.#options;
    await this.#server.start();
    await registerNode(kube, { name: this.#name, ip: address, port: this.port, version });
    this.#ignore = mirror.onChange((change) => this.#changed(change));
    for (const claim of mirror.list('PersistentVolumeClaim')) this.#track(this.#provisioner.claimChanged(claim));
    for (const volume of mirror.list('PersistentVolume')) this.#track(this.#provisioner.volumeChanged(volume));
    for (const pod of mirror.list('Pod')) this.#podChanged(pod, 'added');
    log.info({ node: this.#name, port: this.port }, 'the simulated node is registered');
  }

  holdEvents(held: boolean): void {
    this.#events.hold(held);
  }

  async stop(): Promise<void> {
    this.#ignore();
    await Promise.all([...this.#workers.values()].map((worker) => worker.abandon()));
    await this.#events.stop();
    await this.#server.stop();
  }

  #changed({ kind, type, object }: MirrorChange): void {
    const namespace = object.metadata?.namespace;
    if (kind === 'Pod') this.#podChanged(object as V1Pod, type);
    else if (kind === 'Node') this.#track(this.#scheduler.retry());
    else if (kind === 'Secret' || kind === 'ConfigMap') {
      for (const worker of this.#workers.values()) if (worker.sandbox.namespace === namespace) worker.refreshVolumes();
    } else if (kind === 'PersistentVolumeClaim') {
      const claim = object as V1PersistentVolumeClaim;
      if (type === 'deleted') this.#events.forget(claim);
      else this.#track(this.#provisioner.claimChanged(claim));
      this.#track(this.#scheduler.retry(namespace));
    } else if (kind === 'PersistentVolume') {
      if (type === 'deleted') this.#options.runtime.removeStorage(object.metadata?.name ?? '');
      else this.#track(this.#provisioner.volumeChanged(object as V1PersistentVolume));
    }
  }

  #podChanged(pod: V1Pod, type: 'added' | 'modified' | 'deleted'): void {
    const uid = pod.metadata?.uid ?? '';
    const worker = this.#workers.get(uid);
    const leaving = pod.metadata?.deletionTimestamp !== undefined;
    if (type === 'deleted' || leaving || pod.spec?.nodeName) this.#scheduler.forget(uid);
    if (type === 'deleted') {
      if (worker) this.#track(worker.gone().then(() => this.#release(uid, worker)));
      else this.#events.forget(pod);
    } else if (!pod.spec?.nodeName) {
      if (!leaving) this.#track(this.#scheduler.schedule(pod));
    } else if (pod.spec.nodeName !== this.#name) {
      return;
    } else if (leaving) {
      this.#remove(uid, worker ?? this.#begin(pod), pod.metadata?.deletionGracePeriodSeconds ?? 0);
    } else if (worker) worker.update(pod);
    else if (pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed') this.#begin(pod);
  }

  #begin(pod: V1Pod): PodWorker {
    const before = pod.status?.podIP ?? '';
    const ip = this.#addresses.adopt(before) ? before : this.#addresses.take();
    const worker = new PodWorker(pod, ip, {
      ...this.#options,
      events: this.#events,
      backOff: this.#options.backOff ?? kubeletBackOff,
      nodeName: this.#name,
      nodeIP: this.#options.address,
    });
    this.#workers.set(pod.metadata?.uid ?? '', worker);
    return worker;
  }

  #remove(uid: string, worker: PodWorker, graceSeconds: number): void {
    this.#track(worker.delete(graceSeconds).then(() => this.#release(uid, worker)));
  }

  #release(uid: string, worker: PodWorker): void {
    if (this.#workers.delete(uid)) this.#addresses.release(worker.sandbox.ip);
  }

  #find(namespace: string, pod: string): PodWorker | undefined {
    return [...this.#workers.values()].find(({ sandbox }) => sandbox.namespace === namespace && sandbox.name === pod);
  }

  #track(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#options.log.warn({ err: error }, 'the simulated node failed at something'));
  }
}
