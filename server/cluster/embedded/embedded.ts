import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterStatus } from '../../contract/cluster-status.ts';
import type { Progress } from '../../contract/progress.ts';
import { HaechiError, toProblem } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Cluster, GetFromPod } from '../cluster.ts';
import type { Kube } from '../kube.ts';
import { apiServerClusterAddress } from './arguments.ts';
import { loadCertificates, type Certificates } from './certificates.ts';
import { lockDataFolder } from './data-folder.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { Programs } from './program-names.ts';
import { findPrograms, type ProgramOptions } from './programs.ts';
import { beginStep } from './report.ts';
import { Supervisor } from './supervisor.ts';

export interface EmbeddedClusterOptions extends ProgramOptions {
  /** The cluster keeps its state, certificates and logs in `cluster` below it, which no other process may use. */
  dataFolder: string;
  log: Log;
}

/** What must be let go, the newest last. */
type Undo = () => Promise<void> | void;

/** Kubernetes' own control plane as local processes, with a simulated node. */
export class EmbeddedCluster implements Cluster {
  readonly kind = 'embedded';
  readonly #options: EmbeddedClusterOptions;
  readonly #listeners = new Set<(status: ClusterStatus) => void>();
  readonly #undo: Undo[] = [];
  #phase: ClusterStatus['phase'] = 'preparing';
  #progress: Progress | null = null;
  #problem: ClusterStatus['problem'] = null;
  #version: string | null = null;
  #supervisor: Supervisor | undefined;
  #kubeconfig: string | undefined;
  #kube: Kube | undefined;
  #programs: Programs | undefined;
  #getFromPod: GetFromPod | undefined;
  #ready = false;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  readonly #stop = new AbortController();

  constructor(options: EmbeddedClusterOptions) {
    this.#options = options;
  }

  status(): ClusterStatus {
    return {
      kind: this.kind,
      phase: this.#phase,
      progress: this.#progress,
      components: this.#supervisor?.components() ?? [],
      problem: this.#problem,
      version: this.#version,
    };
  }

  onStatus(listener: (status: ClusterStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  kube(): Kube {
    if (!this.#kube || !this.#ready) throw new HaechiError('cluster-not-ready');
    return this.#kube;
  }

  /** The administrator's kubeconfig as YAML text. Throws HaechiError `cluster-not-ready` like `kube`. */
  kubeconfig(): string {
    if (this.#kubeconfig === undefined || !this.#ready) throw new HaechiError('cluster-not-ready');
    return this.#kubeconfig;
  }

  kubectl(): string {
    if (!this.#programs || !this.#ready) throw new HaechiError('cluster-not-ready');
    return this.#programs.kubectl;
  }

  /** Where the programs are, kubectl among them. Throws HaechiError `cluster-not-ready` like `kube`. */
  programs(): Programs {
    if (!this.#programs || !this.#ready) throw new HaechiError('cluster-not-ready');
    return this.#programs;
  }

  readonly getFromPod: GetFromPod = (...request) => {
    if (!this.#getFromPod) throw new HaechiError('cluster-not-ready');
    return this.#getFromPod(...request);
  };

  /** Starts it, or waits for the start under way; any of the signals given ends that. */
  async start(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#stop.abort(), { once: true });
    this.#starting ??= this.#startOrUndo();
    await this.#starting;
  }

  async #startOrUndo(): Promise<void> {
    try {
      this.#stop.signal.throwIfAborted();
      await this.#start(this.#stop.signal);
    } catch (error) {
      await this.#undoAll();
      if (this.#stop.signal.aborted) {
        this.#tell('stopped');
        throw new HaechiError('cluster-stopped', {}, { cause: error });
      }
      this.#problem = toProblem(error, (unexpected, id) =>
        this.#options.log.error({ err: unexpected, id }, 'the cluster did not start'),
      );
      this.#tell('failed');
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#stopping ??= (async () => {
      this.#stop.abort();
      if (this.#phase !== 'failed') this.#tell('stopped');
      await this.#starting?.catch(() => undefined);
      await this.#undoAll();
      // Once more, with every component gone.
      this.#tell(this.#phase);
    })();
    await this.#stopping;
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { dataFolder, log } = this.#options;
    const lock = lockDataFolder(join(dataFolder, 'cluster'));
    this.#undo.push(() => lock.release());
    const folder = join(realpathSync(dataFolder), 'cluster');

    const onProgress = (progress: Progress) => {
      if (signal.aborted) return;
      this.#progress = progress;
      this.#tell('preparing');
    };
    const programs = await findPrograms(this.#options, signal, onProgress);
    this.#programs = programs;
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
      onChange: () => this.#componentChanged(),
    });
    this.#supervisor = supervisor;
    this.#undo.push(() => supervisor.stop());
    await supervisor.startApiServer(signal, (component) => {
      beginStep(onProgress, component, { ko: `${component} 시작`, en: `Starting ${component}` });
    });
    beginStep(onProgress, 'node', { ko: '컨트롤러와 노드 시작', en: 'Starting controllers and the node' });
    // Neither is waited for by the other; what one failed at is told when both have come to an end.
    const parts = await Promise.allSettled([
      supervisor.startControllerManager(signal),
      this.#openNode(supervisor.server, certificates),
    ]);
    for (const part of parts) if (part.status === 'rejected') throw part.reason;
    signal.throwIfAborted();
    this.#ready = true;
    this.#progress = null;
    this.#tell(supervisor.running ? 'ready' : 'degraded');
  }

  async #openNode(server: string, certificates: Certificates): Promise<void> {
    const { openSimulatedNode } = await import('./simulated-node.ts');
    const kube = await this.#connect(server, certificates);
    const node = await openSimulatedNode({
      kube,
      version: this.#version ?? '',
      log: this.#options.log,
      certificates: {
        servingCertificate: certificates.node.certificate,
        servingKey: certificates.node.key,
        clientAuthority: certificates.nodeAuthority.certificate,
      },
    });
    this.#undo.push(() => node.stop());
    this.#getFromPod = node.getFromPod;
  }

  async #connect(server: string, certificates: Certificates): Promise<Kube> {
    const kubeconfig = writeKubeconfig({
      server,
      certificateAuthority: certificates.clusterAuthority.certificate,
      user: 'haechi-administrator',
      credentials: certificates.administrator,
    });
    const { Kube } = await import('../kube.ts');
    const kube = new Kube(kubeconfig);
    this.#kubeconfig = kubeconfig;
    this.#kube = kube;
    this.#undo.push(() => kube.close());
    const { value } = await kube.request<{ gitVersion: string }>('GET', '/version');
    this.#version = value.gitVersion;
    return kube;
  }

  #componentChanged(): void {
    if (!this.#ready) this.#tell(this.#phase);
    else this.#tell(this.#supervisor?.running ? 'ready' : 'degraded');
  }

  async #undoAll(): Promise<void> {
    this.#ready = false;
    for (let undo = this.#undo.pop(); undo; undo = this.#undo.pop()) {
      try {
        await undo();
      } catch (error) {
        // The others must still be stopped.
        this.#options.log.error({ err: error }, 'a part of the cluster did not stop cleanly');
      }
    }
  }

  #tell(phase: ClusterStatus['phase']): void {
    this.#phase = phase;
    if (phase !== 'preparing') this.#progress = null;
    const status = this.status();
    for (const listener of this.#listeners) listener(status);
  }
}
