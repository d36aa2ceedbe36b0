import { join } from 'node:path';
import { loadImageCatalogue } from '../../content/image-catalogue.ts';
import type { ClusterStatus } from '../../contract/cluster-status.ts';
import type { NetworkMeasure, NodeNetworkState } from '../../contract/network.ts';
import type { Progress } from '../../contract/progress.ts';
import type { Text } from '../../contract/text.ts';
import { HaechiError } from '../../errors.ts';
import { ClusterStart } from '../cluster-start.ts';
import type { Cluster, FlowProber, GetFromPod } from '../cluster.ts';
import { beginStep } from '../report.ts';
import type { ProgramOptions } from '../embedded/programs.ts';
import { StatusBoard } from '../status-board.ts';
import { UndoStack } from '../undo-stack.ts';
import { Kube } from '../kube.ts';
import { Mirror } from '../mirror.ts';
import { findKubectl } from './find-kubectl.ts';
import { watchReadiness } from './heartbeat.ts';
import { ClusterHold } from './hold/hold.ts';
import { chooseContext, type ChosenContext, type KubeconfigOptions } from './kubeconfig.ts';
import { measureNetwork } from './network/measure.ts';
import { keepNodeNetwork } from './node-network/node-network.ts';
import { checkCredentials, checkNodes, checkRights, checkVersion } from './preflight.ts';
import { flowProber } from './probe/flow-prober.ts';
import { getWith } from './probe/get-from-pod.ts';
import { PodProber } from './probe/pod-prober.ts';
import { explainFailure } from './reach.ts';

const images = join(import.meta.dirname, '..', '..', '..', 'scenarios', 'images.yaml');
/** What requests from pods are made with, by its name in the catalogue. */
const probeImage = 'busybox';

/** How long the API server may take to answer the questions at the start. */
const answerWithinMs = 30_000;

export interface ExistingClusterOptions extends KubeconfigOptions, ProgramOptions {
  /** Why this cluster was chosen. */
  reason?: Text | undefined;
  /** Whether nodes keep lab pods from what no lab is about. */
  nodeNetwork: 'on' | 'off';
  /** What the image is called that does it, where it is not under its own name. */
  nodeNetworkImage?: string | undefined;
}

interface Parts {
  kube: Kube;
  mirror: Mirror;
  kubeconfig: string;
  kubectl: string;
  prober: PodProber;
  network: Promise<NetworkMeasure>;
}

/** Any cluster that a kubeconfig reaches. Nothing of it is started or stopped here. */
export class ExistingCluster implements Cluster {
  readonly kind = 'existing';
  readonly #options: ExistingClusterOptions;
  readonly #board: StatusBoard;
  readonly #undo: UndoStack;
  readonly #start: ClusterStart;
  readonly #lost = new AbortController();
  #parts: Parts | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ExistingClusterOptions) {
    this.#options = options;
    this.#board = new StatusBoard('existing', () => [], options.reason);
    this.#undo = new UndoStack(options.log);
    this.#start = new ClusterStart(this.#board, options.log);
  }

  status(): ClusterStatus {
    return this.#board.status();
  }

  onStatus(listener: (status: ClusterStatus) => void): () => void {
    return this.#board.onStatus(listener);
  }

  kube(): Kube {
    return this.#ready().kube;
  }

  mirror(): Mirror {
    return this.#ready().mirror;
  }

  /** The administrator's kubeconfig as YAML text. Throws HaechiError `cluster-not-ready` like `kube`. */
  kubeconfig(): string {
    return this.#ready().kubeconfig;
  }

  kubectl(): string {
    return this.#ready().kubectl;
  }

  /** Runs programs in pods' networks. Throws like `kube`. */
  prober(): PodProber {
    return this.#ready().prober;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  readonly getFromPod: GetFromPod = (...request) => getWith(this.#ready().prober)(...request);

  readonly flowProber: FlowProber = flowProber(() => this.#ready());

  /** Connects to it, or waits for the start under way; any of the signals given ends that. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#start.begin(signal, () => this.#startOrUndo());
  }

  async reached(): Promise<Kube> {
    return this.#start.reached();
  }

  async stop(): Promise<void> {
    this.#stopping ??= (async () => {
      this.#start.end();
      await this.#start.settled();
      await this.#letGo();
      if (this.#board.phase !== 'failed') this.#board.tell('stopped');
    })();
    await this.#stopping;
  }

  /** There are no processes to end. */
  async kill(): Promise<void> {
    await this.stop();
  }

  async #startOrUndo(): Promise<void> {
    let context: ChosenContext | undefined;
    try {
      this.#start.signal.throwIfAborted();
      context = await chooseContext(this.#options);
      await this.#connect(context, this.#start.signal);
    } catch (error) {
      await this.#letGo();
      const { aborted } = this.#start.signal;
      const explained = context && !aborted ? explainFailure(error, context) : error;
      this.#start.fail(explained, 'the cluster could not be used');
    }
  }

  async #connect(context: ChosenContext, signal: AbortSignal): Promise<void> {
    const step = (name: string, title: Text) => beginStep(this.#onProgress, name, title);
    step('connect', {
      ko: `${context.name} 클러스터에 연결 (${context.server})`,
      en: `Connecting to ${context.name} (${context.server})`,
    });
    const kube = new Kube(context.text);
    this.#undo.push(() => kube.close());
    await checkCredentials(kube, context, signal);
    const answered = () => AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]);
    const { version, gitVersion } = await checkVersion(kube, answered());
    this.#board.setVersion(gitVersion);
    step('rights', { ko: '권한과 노드 확인', en: 'Checking rights and nodes' });
    await checkRights(kube, context, answered());
    await checkNodes(kube, answered());
    // Before anything is written.
    await this.#takeHold(kube, answered());
    this.#start.tellReached(kube);
    step('kubectl', { ko: 'kubectl 준비', en: 'Finding kubectl' });
    const kubectl = await findKubectl(version, this.#options, signal, this.#onProgress);
    const mirror = new Mirror(kube, this.#options.log);
    this.#undo.push(() => mirror.stop());
    await mirror.start();
    const image = await imageForProbes();
    const prober = new PodProber(kube, image);
    signal.throwIfAborted();
    // Nobody waits for it but judgements that depend on it.
    const network = measureNetwork(kube, image, { log: this.#options.log, signal });
    this.#undo.push(() => network.then(ignore, ignore));
    network.then((measure) => this.#board.tellNetwork(measure), ignore);
    const { nodeNetwork, nodeNetworkImage, log } = this.#options;
    const tell = (state: NodeNetworkState) => this.#board.tellNodeNetwork(state);
    const wanted = nodeNetwork === 'on';
    const kept = keepNodeNetwork({ wanted, image: nodeNetworkImage, kube, mirror, log, signal, tell });
    this.#undo.push(async () => (await kept)());
    this.#undo.push(
      watchReadiness(kube, (ready) => {
        if (!this.lost.aborted) this.#board.tell(ready ? 'ready' : 'degraded');
      }),
    );
    this.#parts = { kube, mirror, kubeconfig: context.text, kubectl, prober, network };
    this.#board.tell('ready');
  }

  /** Makes the cluster this platform's alone, until it lets go. */
  async #takeHold(kube: Kube, signal: AbortSignal): Promise<void> {
    const step = (title: Text) => beginStep(this.#onProgress, 'hold', title);
    step({ ko: '다른 Haechi가 쓰는 클러스터인지 확인', en: 'Making sure that no other Haechi has the cluster' });
    const hold = await ClusterHold.take(kube, {
      log: this.#options.log,
      signal,
      onLost: (error) => {
        this.#board.tellProblem({ code: error.code, message: error.text });
        this.#lost.abort(error);
      },
      onWaiting: (holder) =>
        void step({
          ko: `다른 Haechi(${holder})가 아직 돌고 있는지 지켜보는 중`,
          en: `Seeing whether another Haechi (${holder}) still runs`,
        }),
    });
    this.#undo.push(() => hold.release());
  }

  readonly #onProgress = (progress: Progress) => {
    if (!this.#start.signal.aborted) this.#board.tellProgress(progress);
  };

  async #letGo(): Promise<void> {
    this.#parts = undefined;
    await this.#undo.undoAll();
  }

  #ready(): Parts {
    if (!this.#parts) throw new HaechiError('cluster-not-ready');
    return this.#parts;
  }
}

/** It rejects only when it was stopped. */
function ignore(): void {}

/** The catalogue's, so that a cluster that has the scenarios' images has it. */
async function imageForProbes(): Promise<string> {
  const names = (await loadImageCatalogue(images)).names();
  const name = names.find((each) => each.includes(`/${probeImage}:`));
  if (name === undefined) throw new Error(`scenarios/images.yaml has no ${probeImage}`);
  return name;
}
