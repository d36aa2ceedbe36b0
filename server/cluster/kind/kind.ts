import { join } from 'node:path';
import type { ClusterStatus } from '../../contract/cluster-status.ts';
import type { Progress } from '../../contract/progress.ts';
import type { Text } from '../../contract/text.ts';
import { HaechiError } from '../../errors.ts';
import { ClusterStart } from '../cluster-start.ts';
import type { Cluster, FlowProber, GetFromPod } from '../cluster.ts';
import { writeAtomically } from '../embedded/atomic-file.ts';
import type { ProgramOptions } from '../embedded/programs.ts';
import { beginStep } from '../report.ts';
import { StatusBoard } from '../status-board.ts';
import { ExistingCluster, type ExistingClusterOptions } from '../existing/existing.ts';
import type { Kube } from '../kube.ts';
import type { Mirror } from '../mirror.ts';
import { ensureCluster } from './ensure-cluster.ts';
import { explain } from './explain.ts';
import { loadIntoNodes } from './images/load-into-nodes.ts';
import { wantedImages } from './images/wanted.ts';
import { listNodes } from './nodes.ts';
import { checkTools } from './tools.ts';

export interface KindClusterOptions
  extends ProgramOptions, Pick<ExistingClusterOptions, 'nodeNetwork' | 'nodeNetworkImage'> {
  /** The cluster's kubeconfig is kept in `kind` below it. */
  dataFolder: string;
  /** Why this cluster was chosen. */
  reason?: Text | undefined;
}

/** The cluster of kind-config.yaml. Once it runs and has the images, it is one that a kubeconfig reaches. It is not stopped. */
export class KindCluster implements Cluster {
  readonly kind = 'kind';
  readonly #options: KindClusterOptions;
  /** Its status until there is a kubeconfig. */
  readonly #board: StatusBoard;
  readonly #listeners = new Set<(status: ClusterStatus) => void>();
  readonly #start: ClusterStart;
  readonly #lost = new AbortController();
  #existing: ExistingCluster | undefined;

  constructor(options: KindClusterOptions) {
    this.#options = options;
    this.#board = new StatusBoard('kind', () => [], options.reason);
    this.#board.onStatus(() => this.#tell());
    this.#start = new ClusterStart(this.#board, options.log);
  }

  status(): ClusterStatus {
    return this.#existing ? { ...this.#existing.status(), kind: 'kind' } : this.#board.status();
  }

  onStatus(listener: (status: ClusterStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  kube(): Kube {
    return this.#ready().kube();
  }

  mirror(): Mirror {
    return this.#ready().mirror();
  }

  kubectl(): string {
    return this.#ready().kubectl();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  readonly getFromPod: GetFromPod = (...request) => this.#ready().getFromPod(...request);

  readonly flowProber: FlowProber = {
    network: (signal) => this.#ready().flowProber.network(signal),
    prepare: (...request) => this.#ready().flowProber.prepare(...request),
    tryFlows: (...request) => this.#ready().flowProber.tryFlows(...request),
  };

  /** Starts it, or waits for the start under way; any of the signals given ends that. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#start.begin(signal, () => this.#bringUp());
  }

  async reached(): Promise<Kube> {
    return this.#start.reached();
  }

  /** Lets go of the cluster, which goes on; a start under way ends, with all that it runs. */
  async stop(): Promise<void> {
    this.#start.end();
    await this.#start.settled();
    if (this.#existing) await this.#existing.stop();
    else if (this.#board.phase !== 'failed') this.#board.tell('stopped');
  }

  async kill(): Promise<void> {
    await this.stop();
  }

  async #bringUp(): Promise<void> {
    const { signal } = this.#start;
    let path;
    try {
      path = await this.#prepare(signal);
      signal.throwIfAborted();
    } catch (error) {
      this.#start.fail(signal.aborted ? error : explain(error), 'the kind cluster could not be prepared');
    }
    const existing = new ExistingCluster({ ...this.#options, kubeconfig: path, context: undefined });
    this.#existing = existing;
    existing.onStatus(() => this.#tell());
    existing.lost.addEventListener('abort', () => this.#lost.abort(existing.lost.reason));
    await Promise.all([existing.start(signal), existing.reached().then((kube) => this.#start.tellReached(kube))]);
  }

  /** @returns the path of its kubeconfig. */
  async #prepare(signal: AbortSignal): Promise<string> {
    const environment = this.#options.environment ?? process.env;
    const options = { environment, signal };
    const onProgress = (progress: Progress) => {
      if (!signal.aborted) this.#board.tellProgress(progress);
    };
    beginStep(onProgress, 'tools', { ko: 'Docker와 kind 찾기', en: 'Looking for Docker and kind' });
    const tools = await checkTools(environment, signal);
    const kubeconfig = await ensureCluster(tools, options, onProgress);
    await loadIntoNodes(await wantedImages(), await listNodes(options), tools, options, onProgress);
    const path = join(this.#options.dataFolder, 'kind', 'kubeconfig');
    await writeAtomically(path, kubeconfig, 0o600);
    return path;
  }

  #tell(): void {
    const status = this.status();
    for (const listener of this.#listeners) listener(status);
  }

  #ready(): ExistingCluster {
    if (!this.#existing) throw new HaechiError('cluster-not-ready');
    return this.#existing;
  }
}
