import type { Size, Terminal } from '../contract/terminal.ts';
import { HaechiError } from '../errors.ts';
import type { Log } from '../log.ts';
import { Forwarder } from './forwarder.ts';
import { apiServerOf, parseKubeconfig, rewriteForSandbox, withNamespace } from './kubeconfig.ts';
import type { Launcher } from './launch.ts';
import type { Pacer } from './pacer.ts';
import { processesBelow, vanished } from './processes.ts';
import type { StartPty } from './pty.ts';
import { loadRoster, saveRoster } from './roster.ts';
import { ScrollbackFile } from './scrollback-file.ts';
import { Scrollback } from './scrollback.ts';
import { runToEnd } from './script.ts';
import type { WorkspaceSetup } from './service.ts';
import { Shell } from './shell.ts';
import type { Workspace } from './workspace.ts';

/** Terminals of an attempt that run at once, and ended ones that are kept to look at. */
export const mostTerminals = 8;

export interface PlaceDependencies {
  launcher: Launcher;
  startPty: StartPty;
  pacer: Pacer;
  log: Log;
  onChange: (terminal: Terminal) => void;
}

/** One attempt's workspace and terminals. Its caller sees to it that one thing at a time is done to it. */
export class Place {
  readonly workspace: Workspace;
  readonly #dependencies: PlaceDependencies;
  readonly #shells = new Map<number, Shell>();
  #next = 1;
  #saving: Promise<void> = Promise.resolve();
  #setup: WorkspaceSetup | undefined;
  #forwarder: Forwarder | undefined;

  constructor(workspace: Workspace, dependencies: PlaceDependencies) {
    this.workspace = workspace;
    this.#dependencies = dependencies;
  }

  /** Terminals as they were kept; their shells have ended with the server that had started them. */
  async load(): Promise<void> {
    const { attempt, terminals: folder } = this.workspace;
    const { next, terminals } = await loadRoster(folder);
    this.#next = next;
    for (const { number, size, exitCode } of terminals) {
      const terminal: Terminal = { id: idOf(attempt, number), attempt, number, state: 'ended', exitCode, size };
      this.#add(terminal, await ScrollbackFile.load(folder, number));
    }
  }

  list(): Terminal[] {
    return [...this.#shells.values()].map(({ terminal }) => terminal);
  }

  shell(id: string): Shell | undefined {
    return [...this.#shells.values()].find(({ terminal }) => terminal.id === id);
  }

  running(): Shell[] {
    return [...this.#shells.values()].filter(({ pid }) => pid !== undefined);
  }

  async prepare(setup: WorkspaceSetup): Promise<void> {
    const { launcher, log } = this.#dependencies;
    const kubeconfig = parseKubeconfig(setup.kubeconfig);
    await this.workspace.make(setup.files);
    await this.workspace.writeKubeconfig(
      launcher.forwards
        ? rewriteForSandbox(kubeconfig, setup.mainNamespace)
        : withNamespace(kubeconfig, setup.mainNamespace),
    );
    this.#setup = setup;
    const target = apiServerOf(kubeconfig);
    if (this.#forwarder) this.#forwarder.target = target;
    else if (launcher.forwards) {
      const { socketPath, grounds } = this.workspace;
      this.#forwarder = await Forwarder.open({ path: socketPath, target, uid: grounds.uid, log });
    }
  }

  async reset(setup: WorkspaceSetup): Promise<void> {
    await this.#endAll();
    await this.workspace.clear();
    await this.prepare(setup);
  }

  async open(size: Size): Promise<Terminal> {
    const variables = this.#variables();
    if (this.running().length >= mostTerminals) throw new HaechiError('too-many-terminals', { most: mostTerminals });
    const { attempt, grounds } = this.workspace;
    const number = this.#next++;
    await this.#forgetOldest();
    const id = idOf(attempt, number);
    const shell = this.#add({ id, attempt, number, state: 'running', exitCode: null, size }, new Scrollback());
    try {
      // Before it starts, so that no crash can make a number be used again.
      await this.#save();
      shell.start(this.#dependencies.startPty, this.#dependencies.launcher.shell(grounds, variables));
    } catch (error) {
      this.#shells.delete(number);
      throw error;
    }
    this.#dependencies.onChange(shell.terminal);
    return shell.terminal;
  }

  async close(shell: Shell): Promise<void> {
    await shell.end();
    shell.detachAll();
    await this.#forget(shell);
    await this.#save();
  }

  /** As the learner would, in a bash without a terminal. */
  async run(script: string, signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
    const variables = this.#variables();
    const launch = this.#dependencies.launcher.script(this.workspace.grounds, variables, `exec 2>&1\n${script}`);
    return runToEnd(launch, signal);
  }

  /** Ends what runs; what is on disk stays. */
  async stop(): Promise<void> {
    await this.#endAll();
    for (const shell of this.#shells.values()) shell.detachAll();
    await this.#saving;
    await this.#forwarder?.close();
    this.#forwarder = undefined;
    this.#setup = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    this.#shells.clear();
    await this.workspace.remove();
  }

  #variables(): Record<string, string> {
    if (!this.#setup) throw new HaechiError('not-found', { what: `workspace ${this.workspace.attempt}` });
    return { ...this.#setup.variables, HAECHI_NAMESPACE: this.#setup.mainNamespace };
  }

  #add(terminal: Terminal, scrollback: Scrollback): Shell {
    const { pacer, log, onChange } = this.#dependencies;
    const shell = new Shell({
      terminal,
      scrollback,
      file: ScrollbackFile.create(this.workspace.terminals, terminal.number, scrollback, log),
      pacer,
      onChange: (changed) => {
        void this.#save().catch((error: unknown) => log.warn({ err: error }, 'the list of terminals was not saved'));
        onChange(changed.terminal);
      },
    });
    this.#shells.set(terminal.number, shell);
    return shell;
  }

  async #endAll(): Promise<void> {
    const running = this.running();
    const pids = running.flatMap(({ pid }) => pid ?? []);
    const below = await processesBelow(pids);
    await Promise.all(running.map((shell) => shell.end()));
    // A sandbox's first process goes last. Until it has, something could still write where files are about to go.
    await vanished([...below.values()].flatMap((processes) => processes.filter(({ depth }) => depth === 1)));
  }

  async #forgetOldest(): Promise<void> {
    const ended = [...this.#shells.values()].filter(({ pid }) => pid === undefined);
    for (const shell of ended.slice(0, Math.max(0, ended.length - mostTerminals + 1))) {
      shell.detachAll();
      await this.#forget(shell);
    }
  }

  async #forget({ terminal: { number } }: Shell): Promise<void> {
    this.#shells.delete(number);
    await ScrollbackFile.remove(this.workspace.terminals, number);
  }

  /** One at a time, each with the list as it is then. */
  #save(): Promise<void> {
    const save = () => saveRoster(this.workspace.terminals, this.#next, this.list());
    this.#saving = this.#saving.then(save, save);
    return this.#saving;
  }
}

function idOf(attempt: string, number: number): string {
  return `${attempt}.${number}`;
}
