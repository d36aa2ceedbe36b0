import { chmod, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Size, Terminal, TerminalOutput } from '../contract/terminal.ts';
import { HaechiError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Launcher } from './launch.ts';
import { openLauncher } from './open-launcher.ts';
import { Pacer } from './pacer.ts';
import { Place } from './place.ts';
import { startPty as startRealPty, type StartPty } from './pty.ts';
import type { Containment, TerminalService, TerminalView, WorkspaceSetup } from './service.ts';
import type { Shell } from './shell.ts';
import { makeSystemFolder } from './system-folder.ts';
import { Warden, type Ward, type WardenLimits } from './warden.ts';
import { Workspace } from './workspace.ts';

export interface TerminalServiceOptions {
  /** Everything is kept in it; no other process may use it. */
  dataFolder: string;
  /** Path of the program. */
  kubectl: string;
  log: Log;
  /** A shell without a sandbox will do where there can be none: for a single user on a loopback address. */
  allowUncontained?: boolean;
  wardenLimits?: WardenLimits;
  startPty?: StartPty;
}

/** @throws HaechiError `shells-not-contained` when there can be no sandbox and there must be. */
export async function createTerminalService(options: TerminalServiceOptions): Promise<TerminalService> {
  const { dataFolder, kubectl, log } = options;
  const attempts = join(dataFolder, 'attempts');
  await mkdir(attempts, { recursive: true });
  // Learners' users, who can't see these folders but from a sandbox, walk through them to their own.
  for (const folder of [dataFolder, attempts]) await chmod(folder, 0o711);
  const system = await makeSystemFolder(dataFolder, kubectl, log);
  const launcher = await openLauncher(system, join(dataFolder, 'trial'), options.allowUncontained ?? false, log);
  const service = new SandboxTerminalService({ ...options, launcher, attempts });
  await service.load();
  return service;
}

class SandboxTerminalService implements TerminalService {
  readonly containment: Containment;
  readonly #options: TerminalServiceOptions & { launcher: Launcher; attempts: string };
  readonly #places = new Map<string, Place>();
  /** What is being done to each attempt; the next thing waits for it. */
  readonly #doing = new Map<string, Promise<unknown>>();
  readonly #listeners = new Set<(terminal: Terminal) => void>();
  readonly #pacer = new Pacer();
  readonly #warden: Warden;

  constructor(options: TerminalServiceOptions & { launcher: Launcher; attempts: string }) {
    this.#options = options;
    this.containment = options.launcher.containment;
    this.#warden = new Warden({
      wards: () => [...this.#places.values()].map(toWard),
      dataFolder: options.dataFolder,
      log: options.log,
      ...(options.wardenLimits ? { limits: options.wardenLimits } : {}),
    });
    if (this.containment.contained) this.#warden.start();
  }

  async load(): Promise<void> {
    for (const attempt of await readdir(this.#options.attempts)) {
      const place = this.#newPlace(attempt);
      await mkdir(place.workspace.terminals, { recursive: true, mode: 0o700 });
      await place.load();
      this.#places.set(attempt, place);
    }
  }

  prepare(setup: WorkspaceSetup): Promise<void> {
    return this.#inTurn(setup.attempt, () => this.#placeFor(setup.attempt).prepare(setup));
  }

  reset(setup: WorkspaceSetup): Promise<void> {
    return this.#inTurn(setup.attempt, () => this.#placeFor(setup.attempt).reset(setup));
  }

  remove(attempt: string): Promise<void> {
    return this.#inTurn(attempt, async () => {
      await this.#places.get(attempt)?.remove();
      this.#places.delete(attempt);
    });
  }

  list(attempt: string): Terminal[] {
    return this.#places.get(attempt)?.list() ?? [];
  }

  attemptOf(terminal: string): string {
    return this.#shell(terminal).terminal.attempt;
  }

  open(attempt: string, size: Size): Promise<Terminal> {
    return this.#inTurn(attempt, () => this.#place(attempt).open(size));
  }

  attach(terminal: string, after: number, write: (output: TerminalOutput) => void): TerminalView {
    return this.#shell(terminal).attach(after, write);
  }

  async write(terminal: string, data: string): Promise<void> {
    await this.#shell(terminal).write(data);
  }

  resize(terminal: string, size: Size): void {
    this.#shell(terminal).resize(size);
  }

  async close(terminal: string): Promise<void> {
    const { attempt } = this.#shell(terminal).terminal;
    await this.#inTurn(attempt, () => this.#place(attempt).close(this.#shell(terminal)));
  }

  onChange(listener: (terminal: Terminal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(attempt: string, script: string, signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
    return this.#place(attempt).run(script, signal);
  }

  async stop(): Promise<void> {
    await this.#warden.stop();
    await Promise.all([...this.#places].map(([attempt, place]) => this.#inTurn(attempt, () => place.stop())));
    this.#pacer.stop();
  }

  /** Does one thing to an attempt at a time, in the order they were asked for. */
  async #inTurn<T>(attempt: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#doing.get(attempt) ?? Promise.resolve()).then(work, work);
    this.#doing.set(attempt, turn);
    try {
      return await turn;
    } finally {
      if (this.#doing.get(attempt) === turn) this.#doing.delete(attempt);
    }
  }

  #place(attempt: string): Place {
    const place = this.#places.get(attempt);
    if (!place) throw new HaechiError('not-found', { what: `workspace ${attempt}` });
    return place;
  }

  #placeFor(attempt: string): Place {
    const place = this.#places.get(attempt) ?? this.#newPlace(attempt);
    this.#places.set(attempt, place);
    return place;
  }

  #newPlace(attempt: string): Place {
    if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(attempt)) throw new Error(`"${attempt}" can't be an attempt's id`);
    const { launcher, attempts, log, startPty = startRealPty } = this.#options;
    const workspace = new Workspace(attempt, join(attempts, attempt), launcher.uidFor(attempt));
    const onChange = (terminal: Terminal) => {
      for (const listener of this.#listeners) listener(terminal);
    };
    return new Place(workspace, { launcher, startPty, pacer: this.#pacer, log, onChange });
  }

  #shell(id: string): Shell {
    const shell = this.#places.get(id.slice(0, id.lastIndexOf('.')))?.shell(id);
    if (!shell) throw new HaechiError('not-found', { what: `terminal ${id}` });
    return shell;
  }
}

function toWard(place: Place): Ward {
  const { home, temporary, kube } = place.workspace.grounds;
  const terminals = place.running().flatMap((shell) => {
    const { pid } = shell;
    const end = () => void shell.end();
    return pid === undefined ? [] : [{ pid, say: (text: string) => shell.say(text), end }];
  });
  return { attempt: place.workspace.attempt, folders: [home, temporary, kube], terminals };
}
