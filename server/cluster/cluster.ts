import type { ClusterKind, ClusterStatus } from '../contract/cluster-status.ts';
import type { NetworkMeasure } from '../contract/network.ts';
import type { Kube } from './kube.ts';
import type { Mirror } from './mirror.ts';

/** What came back from an HTTP GET that was made from inside a pod. */
export type HttpAnswer =
  | { result: 'answered'; status: number; body: string }
  | { result: 'refused' | 'timeout' | 'unresolved' | 'impossible'; detail: string };

/** Makes an HTTP GET from a pod, as a program in its first container would. It never throws for what the network does. */
export type GetFromPod = (
  from: { namespace: string; pod: string },
  url: string,
  timeoutMs: number,
  signal: AbortSignal,
) => Promise<HttpAnswer>;

/** One connection to try: TCP to a port, or over UDP a question to a DNS server. */
export interface FlowTrial {
  ip: string;
  port: number;
  protocol: 'TCP' | 'UDP';
}

/**
 * `answered`: a connection, or an answer over UDP. `refused`: a reset, or that the port is unreachable. `silent`: nothing
 * came back within the deadline. `unreachable`: the network says that there is no way. `failed`: it could not be tried.
 */
export type TrialAnswer = 'answered' | 'refused' | 'silent' | 'unreachable' | 'failed';

export type TrialAnswers =
  /** In the order of the trials. */
  { result: 'tried'; answers: TrialAnswer[] } | { result: 'impossible'; detail: string };

/** Sends real packets from pods. */
export interface FlowProber {
  /** Waits until the network is measured. @throws the signal's reason when aborted */
  network(signal: AbortSignal): Promise<NetworkMeasure>;
  /**
   * Makes ready what requests and packets from a pod take, so that the first need not wait for it.
   * @throws Error when the pod can't have it; the signal's reason when aborted
   */
  prepare(from: { namespace: string; pod: string }, signal: AbortSignal): Promise<void>;
  /** Tries flows from one pod at the same time. It never throws for what the network or the pod does. */
  tryFlows(
    from: { namespace: string; pod: string },
    flows: readonly FlowTrial[],
    signal: AbortSignal,
  ): Promise<TrialAnswers>;
}

/** Runs `work`, and settles as it does. */
export type Urgently = <T>(work: () => Promise<T>) => Promise<T>;

/** Where labs run. Everything above it speaks to the API server through `kube()` and knows nothing else. */
export interface Cluster {
  readonly kind: ClusterKind;
  /** The newest status; it never waits. */
  status(): ClusterStatus;
  /** Calls back with each new status; returns what ends that. */
  onStatus(listener: (status: ClusterStatus) => void): () => void;
  /**
   * Brings it up and resolves when the API is ready and pods can run. Rejects with a HaechiError (and a status of
   * `failed`) when it can't. Aborting stops in the middle; a later start goes on from there.
   */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Resolves with the administrator's connection as soon as `start` has come to where the API answers and may be written to;
   * pods may not run yet. Rejects when `start` fails before.
   */
  reached(): Promise<Kube>;
  /** Loads what `start` comes to need, for when there is time for it meanwhile. */
  load?(): Promise<void>;
  /** Stops what `start` started, in reverse order. Safe to call at any time, also twice. */
  stop(): Promise<void>;
  /** Ends all processes of its own at once, for when `stop` takes too long. */
  kill(): Promise<void>;
  /** The administrator's connection. Throws HaechiError `cluster-not-ready` before `start` has resolved. */
  kube(): Kube;
  /** A live copy of what is in it. Throws like `kube`. */
  mirror(): Mirror;
  /** Path of a kubectl of the cluster's version, for learners. Throws like `kube`. */
  kubectl(): string;
  /**
   * Runs `work`, which somebody waits for, and settles as it does: where much of it goes on at the same time, what nobody
   * waits for gives way. Undefined where nothing can. Rejects as `kube` throws.
   */
  readonly urgently?: Urgently;
  /** For checks that ask whether an app still answers. */
  readonly getFromPod: GetFromPod;
  /**
   * Aborts, with the HaechiError to tell, when another platform has taken the cluster over: nothing more may be done in it.
   * Undefined where no other can.
   */
  readonly lost?: AbortSignal;
  /** Undefined where pods are simulated: their packets go through the engine that judges them. */
  readonly flowProber?: FlowProber;
}
