import type { ClusterKind, ClusterStatus, ComponentStatus } from '../contract/cluster-status.ts';
import type { NetworkMeasure, NodeNetworkState } from '../contract/network.ts';
import type { Problem } from '../contract/problem.ts';
import type { Progress } from '../contract/progress.ts';
import type { Text } from '../contract/text.ts';

/** How the cluster is now, and who is told when that changes. */
export class StatusBoard {
  readonly #kind: ClusterKind;
  readonly #reason: Text | null;
  readonly #components: () => ComponentStatus[];
  readonly #listeners = new Set<(status: ClusterStatus) => void>();
  #phase: ClusterStatus['phase'] = 'preparing';
  #progress: Progress | null = null;
  #problem: Problem | null = null;
  #version: string | null = null;
  #network: NetworkMeasure | null = null;
  #nodeNetwork: NodeNetworkState | null = null;

  /** @param reason why this cluster was chosen. */
  constructor(kind: ClusterKind, components: () => ComponentStatus[], reason: Text | null = null) {
    this.#kind = kind;
    this.#reason = reason;
    this.#components = components;
  }

  get phase(): ClusterStatus['phase'] {
    return this.#phase;
  }

  status(): ClusterStatus {
    return {
      kind: this.#kind,
      reason: this.#reason,
      phase: this.#phase,
      progress: this.#progress,
      components: this.#components(),
      problem: this.#problem,
      version: this.#version,
      network: this.#network,
      nodeNetwork: this.#nodeNetwork,
    };
  }

  onStatus(listener: (status: ClusterStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  setVersion(version: string): void {
    this.#version = version;
  }

  /** Tells it, in whatever phase it is. */
  tellNetwork(network: NetworkMeasure): void {
    this.#network = network;
    this.tell(this.#phase);
  }

  /** Tells it, in whatever phase it is. */
  tellNodeNetwork(state: NodeNetworkState): void {
    this.#nodeNetwork = state;
    this.tell(this.#phase);
  }

  tellProgress(progress: Progress): void {
    this.#progress = progress;
    this.tell('preparing');
  }

  tellProblem(problem: Problem): void {
    this.#problem = problem;
    this.tell('failed');
  }

  /** Also with the phase that it is in, when something else has changed. */
  tell(phase: ClusterStatus['phase']): void {
    this.#phase = phase;
    if (phase !== 'preparing') this.#progress = null;
    const status = this.status();
    for (const listener of this.#listeners) listener(status);
  }
}
