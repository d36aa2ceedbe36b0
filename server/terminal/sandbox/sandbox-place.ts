import { HaechiError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { apiServerOf, parseKubeconfig, rewriteForSandbox, withNamespace } from '../kubeconfig.ts';
import { notice } from '../notice.ts';
import { variablesOf, type Place, type ShellOf } from '../place.ts';
import type { Pty, PtyListeners } from '../pty.ts';
import type { WorkspaceSetup } from '../service.ts';
import { Forwarder } from './forwarder.ts';
import type { Launcher } from './launch.ts';
import type { StartPty } from './local-pty.ts';
import { runToEnd } from './script.ts';
import type { Ward } from './warden.ts';
import type { Workspace } from './workspace.ts';

/** Where a lab's terminals reach pods: here they have no network, and simulated pods none that programs of this machine see. */
const reachesNoPods = notice(
  '이 셸은 API 서버에만 닿습니다. 파드에는 kubectl port-forward나 kubectl exec로 닿을 수 있습니다',
  'This shell reaches the API server alone. For pods there are kubectl port-forward and kubectl exec',
);

export interface SandboxDependencies {
  launcher: Launcher;
  startPty: StartPty;
  log: Log;
}

/** One attempt's folders on this machine, and the sandboxes that see them. */
export class SandboxPlace implements Place {
  readonly #workspace: Workspace;
  readonly #dependencies: SandboxDependencies;
  readonly #onRemoved: () => void;
  readonly #running = new Map<number, Ward['terminals'][number]>();
  #setup: WorkspaceSetup | undefined;
  #forwarder: Forwarder | undefined;

  constructor(workspace: Workspace, dependencies: SandboxDependencies, onRemoved: () => void) {
    this.#workspace = workspace;
    this.#onRemoved = onRemoved;
    this.#dependencies = dependencies;
  }

  async prepare(setup: WorkspaceSetup): Promise<void> {
    const { launcher, log } = this.#dependencies;
    const kubeconfig = parseKubeconfig(setup.kubeconfig);
    await this.#workspace.make(setup.files);
    await this.#workspace.writeKubeconfig(
      launcher.forwards
        ? rewriteForSandbox(kubeconfig, setup.mainNamespace)
        : withNamespace(kubeconfig, setup.mainNamespace),
    );
    this.#setup = setup;
    const target = apiServerOf(kubeconfig);
    if (this.#forwarder) this.#forwarder.target = target;
    else if (launcher.forwards) {
      const { socketPath, grounds } = this.#workspace;
      this.#forwarder = await Forwarder.open({ path: socketPath, target, uid: grounds.uid, log });
    }
  }

  clear(): Promise<void> {
    return this.#workspace.clear();
  }

  start({ number, size }: ShellOf, listeners: PtyListeners): Promise<Pty> {
    const { launcher, startPty } = this.#dependencies;
    const launch = launcher.shell(this.#workspace.grounds, this.#variables());
    if (this.#setup && this.#setup.reaches.length > 0) listeners.onOutput(Buffer.from(reachesNoPods));
    const pty = startPty(launch, size, {
      ...listeners,
      onExit: (exitCode) => {
        this.#running.delete(number);
        listeners.onExit(exitCode);
      },
    });
    this.#running.set(number, {
      pid: pty.pid,
      say: (text) => listeners.onOutput(Buffer.from(text)),
      end: () => void pty.end(),
    });
    return Promise.resolve(pty);
  }

  resume(): undefined {
    return undefined;
  }

  /** As the learner would, in a sandbox of its own. */
  async run(script: string, signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
    const { launcher } = this.#dependencies;
    return runToEnd(launcher.script(this.#workspace.grounds, this.#variables(), `exec 2>&1\n${script}`), signal);
  }

  /** What is on disk stays. */
  async stop(): Promise<void> {
    await this.#forwarder?.close();
    this.#forwarder = undefined;
    this.#setup = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.#workspace.remove();
    this.#onRemoved();
  }

  /** As the warden sees it. */
  ward(): Ward {
    const { attempt, grounds } = this.#workspace;
    const { home, temporary, kube } = grounds;
    return { attempt, folders: [home, temporary, kube], terminals: [...this.#running.values()] };
  }

  #variables(): Record<string, string> {
    if (!this.#setup) throw new HaechiError('not-found', { what: `workspace ${this.#workspace.attempt}` });
    return variablesOf(this.#setup);
  }
}
