import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterStatus } from '../../contract/cluster-status.ts';
import type { Progress } from '../../contract/progress.ts';
import type { Text } from '../../contract/text.ts';
import { HaechiError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { ClusterStart } from '../cluster-start.ts';
import type { Cluster, GetFromPod, Urgently } from '../cluster.ts';
import type { Kube } from '../kube.ts';
import type { Mirror } from '../mirror.ts';
import { apiServerClusterAddress } from './arguments.ts';
import { loadCertificates, type Certificates } from './certificates.ts';
import { lockDataFolder } from './data-folder.ts';
import { administratorKubeconfig } from './kubeconfig.ts';
import type { Programs } from './program-names.ts';
import { findPrograms, type ProgramOptions } from './programs.ts';
import { beginStep } from '../report.ts';
import { StatusBoard } from '../status-board.ts';
import { Supervisor } from './supervisor.ts';
import { UndoStack } from '../undo-stack.ts';

export interface EmbeddedClusterOptions extends ProgramOptions {
  /** The cluster keeps its state, certificates and logs in `cluster` below it, which no other process may use. */
  dataFolder: string;
  log: Log;
  /** Why this cluster was chosen. */
  reason?: Text | undefined;
  /** For a cluster that is thrown away after use: quicker, with twice the memory, and nothing waits for the disk. */
  throwaway?: boolean;
}

/** What there is once the cluster is ready. */
interface Parts {
  kube: Kube;
  kubeconfig: string;
  mirror: Mirror;
  urgently: Urgently;
  getFromPod: GetFromPod;
  programs: Programs;
}

/** Kubernetes' own control plane as local processes, with a simulated node. */
export class EmbeddedCluster implements Cluster {
  readonly kind = 'embedded';
  readonly #options: EmbeddedClusterOptions;
  readonly #board: StatusBoard;
  readonly #undo: UndoStack;
  readonly #start: ClusterStart;
  #supervisor: Supervisor | undefined;
  #parts: Parts | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: EmbeddedClusterOptions) {
    this.#options = options;
    this.#board = new StatusBoard('embedded', () => this.#supervisor?.components() ?? [], options.reason);
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
    return this.programs().kubectl;
  }

  /** Where the programs are, kubectl among them. Throws HaechiError `cluster-not-ready` like `kube`. */
  programs(): Programs {
    return this.#ready().programs;
  }

  readonly urgently: Urgently = async (work) => this.#ready().urgently(work);

  readonly getFromPod: GetFromPod = (...request) => this.#ready().getFromPod(...request);

  /** Starts it, or waits for the start under way; any of the signals given ends that. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#start.begin(signal, () => this.#startOrUndo());
  }

  async reached(): Promise<Kube> {
    return this.#start.reached();
  }

  async stop(): Promise<void> {
    this.#stopping ??= (async () => {
      this.#start.end();
      if (this.#board.phase !== 'failed') this.#board.tell('stopped');
      await this.#start.settled();
      await this.#letGo();
      // Once more, with every component gone.
      this.#board.tell(this.#board.phase);
    })();
    await this.#stopping;
  }

  /** Ends all processes at once, for when `stop` takes too long: a component that is stuck lets others wait. */
  async kill(): Promise<void> {
    this.#start.end();
    await this.#supervisor?.kill();
  }

  async #startOrUndo(): Promise<void> {
    try {
      this.#start.signal.throwIfAborted();
      await this.#bringUp(this.#start.signal);
    } catch (error) {
      await this.#letGo();
      this.#start.fail(error, 'the cluster did not start');
    }
  }

  async #bringUp(signal: AbortSignal): Promise<void> {
    const { dataFolder, log } = this.#options;
    const lock = lockDataFolder(join(dataFolder, 'cluster'));
    this.#undo.push(() => lock.release());
    const folder = join(realpathSync(dataFolder), 'cluster');

    const onProgress = (progress: Progress) => {
      if (!signal.aborted) this.#board.tellProgress(progress);
    };
    const programs = await findPrograms(this.#options, signal, onProgress);
    beginStep(onProgress, 'certificates', { ko: '인증서 준비', en: 'Preparing certificates' });
    const certificates = await loadCertificates({
      folder: join(folder, 'certificates'),
      apiServerHosts: ['localhost', '127.0.0.1', apiServerClusterAddress],
      nodeHosts: ['localhost', '127.0.0.1'],
    });

    const supervisor = new Supervisor({
      folder,
      programs,
      certificates,
      log,
      throwaway: this.#options.throwaway,
      onChange: () => this.#componentChanged(),
    });
    this.#supervisor = supervisor;
    // Should this process end without having stopped it, as by an error that nobody caught.
    const end = () => void supervisor.kill();
    process.once('exit', end);
    this.#undo.push(async () => {
      await supervisor.stop();
      process.off('exit', end);
    });
    await supervisor.startApiServer(signal, (component) => {
      beginStep(onProgress, component, { ko: `${component} 시작`, en: `Starting ${component}` });
    });
    beginStep(onProgress, 'node', { ko: '컨트롤러와 노드 시작', en: 'Starting controllers and the node' });
    // Neither waits for the other; what one failed at is told when both have come to an end.
    const [controllers, node] = await Promise.allSettled([
      supervisor.startControllerManager(signal),
      this.#openNode(supervisor, certificates, join(folder, 'storage')),
    ]);
    if (controllers.status === 'rejected') throw controllers.reason;
    if (node.status === 'rejected') throw node.reason;
    signal.throwIfAborted();
    this.#parts = { ...node.value, programs };
    this.#componentChanged();
  }

  async load(): Promise<void> {
    await loadNode();
  }

  async #openNode(
    supervisor: Supervisor,
    certificates: Certificates,
    storageFolder: string,
  ): Promise<Omit<Parts, 'programs'>> {
    const [{ Kube }, { ResourcePaths }, { openSimulatedNode }, { openReports }] = await loadNode();
    const kubeconfig = administratorKubeconfig(supervisor.server, certificates);
    const kube = new Kube(kubeconfig);
    this.#undo.push(() => kube.close());
    const { gitVersion } = (await kube.request<{ gitVersion: string }>('GET', '/version')).value;
    this.#board.setVersion(gitVersion);
    this.#start.tellReached(kube);
    const applier = { kube, paths: new ResourcePaths(kube) };
    const node = await openSimulatedNode({
      applier,
      version: gitVersion,
      storageFolder,
      log: this.#options.log,
      certificates: {
        servingCertificate: certificates.node.certificate,
        servingKey: certificates.node.key,
        clientAuthority: certificates.nodeAuthority.certificate,
      },
    });
    this.#undo.push(() => node.stop());
    const onHold = (held: boolean) => {
      node.holdEvents(held);
      supervisor.collectLess(held);
    };
    const reports = await openReports({ applier, onHold, log: this.#options.log });
    this.#undo.push(() => reports.stop());
    return {
      kube,
      kubeconfig,
      mirror: node.mirror,
      urgently: reports.urgently,
      getFromPod: node.getFromPod,
    };
  }

  #componentChanged(): void {
    if (!this.#parts) this.#board.tell(this.#board.phase);
    else this.#board.tell(this.#supervisor?.running ? 'ready' : 'degraded');
  }

  async #letGo(): Promise<void> {
    this.#parts = undefined;
    await this.#undo.undoAll();
  }

  #ready(): Parts {
    if (!this.#parts) throw new HaechiError('cluster-not-ready');
    return this.#parts;
  }
}

/** Not loaded with this file: the control plane can then be started before they are. */
function loadNode() {
  return Promise.all([
    import('../kube.ts'),
    import('../resource-paths.ts'),
    import('./simulated-node.ts'),
    import('./reports.ts'),
  ]);
}
