import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dispatcher } from 'undici';
import type { ComponentStatus } from '../../contract/cluster-status.ts';
import type { Log } from '../../log.ts';
import { apiServerArguments, controllerManagerArguments, etcdArguments, etcdSocket } from './arguments.ts';
import { writeAtomically } from './atomic-file.ts';
import type { Certificates } from './certificates.ts';
import { Component, type ComponentOptions } from './component.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { clearLeftovers, ownerVariable } from './leftovers.ts';
import { choosePort } from './ports.ts';
import { administratorConnections, answersWell, listensOn } from './probes.ts';
import type { ComponentName, Programs } from './program-names.ts';

export interface SupervisorOptions {
  /** State and logs of the control plane; the caller holds its lock. */
  folder: string;
  programs: Programs;
  certificates: Certificates;
  log: Log;
  /** State is not to outlive it, and memory may be spent on speed. */
  throwaway?: boolean | undefined;
  /** A component's state changed. */
  onChange: () => void;
}

/** How much garbage may be there before it is collected, as percentages of what lives (GOGC): memory counts most. */
const usualCollection: Record<ComponentName, string> = {
  etcd: '50',
  'kube-apiserver': '70',
  'kube-controller-manager': '45',
};
const lessCollection = '300';
const throwawayCollection = '400';

/** Runs etcd, kube-apiserver and kube-controller-manager for one folder. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #etcd: Component;
  readonly #apiServer: Component;
  readonly #controllerManager: Component;
  readonly #connections: Dispatcher;
  #port = 0;
  #served = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { folder, certificates } = options;
    this.#connections = administratorConnections(certificates);
    const kubeconfigPath = join(folder, 'kube-controller-manager.kubeconfig');

    this.#etcd = this.#component('etcd', {
      args: () => etcdArguments({ synced: !options.throwaway }),
      probe: (signal) => listensOn(join(folder, etcdSocket), signal),
      graceMs: 1500,
    });
    this.#apiServer = this.#component('kube-apiserver', {
      args: async () => {
        // Once it has served on a port, others know it.
        if (!this.#served) this.#port = await choosePort(join(folder, 'port'));
        return apiServerArguments(certificates, this.#port);
      },
      probe: (signal) => answersWell(`${this.server}/readyz`, this.#connections, signal),
      graceMs: 1500,
    });
    this.#controllerManager = this.#component('kube-controller-manager', {
      args: async () => {
        const kubeconfig = writeKubeconfig({
          server: this.server,
          certificateAuthority: certificates.clusterAuthority.certificate,
          user: 'system:kube-controller-manager',
          credentials: certificates.controllerManager,
        });
        await writeAtomically(kubeconfigPath, kubeconfig, 0o600);
        return controllerManagerArguments(certificates, kubeconfigPath);
      },
      // Its first work in any cluster; what pods need before they can be made.
      probe: (signal) =>
        answersWell(`${this.server}/api/v1/namespaces/default/serviceaccounts/default`, this.#connections, signal),
      graceMs: 800,
    });
  }

  /** `https://127.0.0.1:<port>`; known once `startApiServer` has resolved. */
  get server(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** In the order they are started. */
  components(): ComponentStatus[] {
    return this.#all().map((component) => component.status());
  }

  get running(): boolean {
    return this.#all().every((component) => component.running);
  }

  /**
   * Starts etcd and the API server.
   * @throws HaechiError `component-failed`; the signal's reason when aborted. What was started stays for `stop`.
   */
  async startApiServer(signal: AbortSignal, onStep: (component: string) => void): Promise<void> {
    const { folder, log } = this.#options;
    await mkdir(join(folder, 'logs'), { recursive: true, mode: 0o700 });
    await clearLeftovers(join(folder, 'pids'), folder, log);
    for (const component of [this.#etcd, this.#apiServer]) {
      onStep(component.name);
      await start(component, signal);
    }
    this.#served = true;
  }

  /** Starts what else there is, once the API server is ready. @throws like `startApiServer` */
  async startControllerManager(signal: AbortSignal): Promise<void> {
    await start(this.#controllerManager, signal);
  }

  /** Lets them collect less garbage, at the price of memory, or as usual. Those of Kubernetes' releases don't hear it. */
  collectLess(less: boolean): void {
    for (const component of this.#all()) component.tell(`GOGC=${this.#collection(component.name, less)}`);
  }

  /** Stops all, the last started first, within 4 s. */
  async stop(): Promise<void> {
    for (const component of this.#all().reverse()) await component.stop();
    await this.#connections.destroy();
  }

  /** Ends all at once, for when stopping takes too long. */
  async kill(): Promise<void> {
    await Promise.all(this.#all().map((component) => component.kill()));
  }

  #component(name: ComponentName, own: Pick<ComponentOptions, 'args' | 'probe' | 'graceMs'>): Component {
    const { folder, programs, log, onChange } = this.#options;
    return new Component({
      ...own,
      name,
      program: programs[name],
      // Nothing of the platform's own environment.
      env: { PATH: process.env['PATH'] ?? '', [ownerVariable]: folder, GOGC: this.#collection(name) },
      folder,
      pidFolder: join(folder, 'pids'),
      logPath: join(folder, 'logs', `${name}.log`),
      log,
      onChange,
    });
  }

  #collection(name: ComponentName, less = false): string {
    if (this.#options.throwaway) return throwawayCollection;
    return less ? lessCollection : usualCollection[name];
  }

  #all(): Component[] {
    return [this.#etcd, this.#apiServer, this.#controllerManager];
  }
}

async function start(component: Component, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const stop = () => void component.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await component.start();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
