import type { Duplex, Readable } from 'node:stream';
import type { DnsConfig } from './dns-config.ts';
import type { ContainerMount, PodVolume, VolumeSetup } from './pod-volume.ts';

/**
 * The line between the two halves of the simulated node: the kubelet half decides what runs (pods, volumes, probes,
 * restarts, events), the runtime half makes a container behave (filesystem, programs, shell, network).
 */

/** Who a container's processes are, after Kubernetes' defaults have been applied. */
export interface ContainerIdentity {
  uid: number;
  gid: number;
  groups: number[];
  privileged: boolean;
  /** Effective capabilities without `CAP_`, sorted. */
  capabilities: string[];
  noNewPrivileges: boolean;
  seccomp: 'Unconfined' | 'RuntimeDefault';
  readOnlyRootFilesystem: boolean;
}

/** A pod as its containers and the network see it. */
export interface PodSandbox {
  namespace: string;
  name: string;
  uid: string;
  ip: string;
  hostname: string;
  hostNetwork: boolean;
  hostPID: boolean;
  /** Whether each container has process numbers of its own, so that its first process is number 1. */
  ownPids: boolean;
  nodeName: string;
  dns: DnsConfig;
}

/** Everything resolved: nothing in it refers to another object. */
export interface ContainerSetup {
  pod: PodSandbox;
  name: string;
  /** As the pod spec writes it. */
  image: string;
  /** Replaces the image's entrypoint, `$(VAR)` expanded. */
  command?: string[];
  args?: string[];
  workingDir?: string;
  /** From the pod spec alone; the image's own come below it. */
  env: Record<string, string>;
  identity: ContainerIdentity;
  mounts: ContainerMount[];
  /** Bytes of memory; undefined for no limit. */
  memoryLimit?: number;
  stdin: boolean;
  tty: boolean;
  /** The container whose processes this one shares, to debug it. */
  target?: string;
  /** Where it may leave a message for its status. */
  terminationMessagePath?: string;
}

export interface ContainerExit {
  exitCode: number;
  reason: 'Completed' | 'Error' | 'OOMKilled';
  finishedAt: Date;
}

/** A process that `exec` started. Streams end when it does. */
export interface ExecProcess {
  /** With a TTY everything comes here. */
  stdout: Readable;
  stderr: Readable;
  write(data: Uint8Array): void;
  /** The client closed its stdin. */
  endInput(): void;
  resize(columns: number, rows: number): void;
  kill(): void;
  exitCode: Promise<number>;
}

export interface ExecRequest {
  command: string[];
  tty: boolean;
  stdin: boolean;
  columns?: number;
  rows?: number;
}

export interface LogLine {
  time: Date;
  stream: 'stdout' | 'stderr';
  /** Without the line feed. */
  text: string;
}

/** What a container wrote; bounded, oldest lines go first. */
export interface ContainerLog {
  lines(): readonly LogLine[];
  /** Calls back with each further line; returns what ends that. */
  onLine(listener: (line: LogLine) => void): () => void;
}

export interface Container {
  /** `containerd://` and 64 hexadecimal digits. */
  readonly id: string;
  readonly startedAt: Date;
  readonly log: ContainerLog;
  /** Settles when the main process has ended, by itself or by `stop`. It never rejects. */
  readonly exited: Promise<ContainerExit>;
  /** Starts another process in it. Throws ExecError when the program isn't there. */
  exec(request: ExecRequest): ExecProcess;
  /** Joins the main process: what it writes from now on, and what is typed if it has a terminal. */
  attach(): ExecProcess;
  /** Bytes on the node's disk: what it wrote outside volumes, and its log. */
  used(): Promise<number>;
  /** A file's content, whoever may read it; undefined when there is none. */
  read(path: string): Promise<string | undefined>;
  /** SIGTERM, then SIGKILL after the grace period. */
  stop(graceSeconds: number): Promise<void>;
}

/** The container couldn't be made; the message is what a container runtime says of it. */
export class CreateError extends Error {}

/** The image isn't in the catalogue; the message is what a container runtime says of it. */
export class PullError extends Error {}

/** The container couldn't be started; the message is what a container runtime says of it. */
export class StartError extends Error {}

/** A program couldn't be started in a container; the message is what a container runtime says of it. */
export class ExecError extends Error {}

/** What the kubelet half must know of an image. */
export interface PulledImage {
  /** Fully qualified, as `docker.io/library/nginx:1.29`. */
  reference: string;
  /** `reference@sha256:…` for containerStatuses[].imageID. Stable, made from the catalogue entry. */
  id: string;
  bytes: number;
  /** The image's USER: a number, or a name (for which runAsNonRoot can't be verified). */
  user: { uid: number; gid: number } | { name: string; uid: number; gid: number };
}

/** `answered`: something listens there, and said that it is not well. */
export type ProbeResult = { ok: true } | { ok: false; message: string; answered?: true };

/** The runtime half. */
export interface ContainerRuntime {
  /** @throws PullError */
  pull(image: string): PulledImage;
  createVolume(pod: PodSandbox, volume: VolumeSetup): PodVolume;
  /** A PersistentVolume is gone, and what it held. */
  removeStorage(name: string): void;
  /** Connects the pod to the network; nothing in it is reachable before. */
  addPod(pod: PodSandbox): void;
  /** Containers must have been stopped. */
  removePod(uid: string): void;
  /** @throws StartError */
  start(setup: ContainerSetup): Container;
  /** From the node itself: NetworkPolicy never keeps the kubelet from its own pods. Messages are a kubelet's. */
  probeHttp(
    pod: PodSandbox,
    probe: { port: number; path: string; host?: string; headers?: Record<string, string> },
    timeoutMs: number,
  ): Promise<ProbeResult>;
  /**
   * Connects to a port from inside the pod.
   * @returns what speaks with a client until either ends; undefined when nothing listens there.
   */
  openPort(pod: PodSandbox, port: number): ((client: Duplex) => Promise<void>) | undefined;
  probeTcp(pod: PodSandbox, port: number, timeoutMs: number): Promise<ProbeResult>;
}
