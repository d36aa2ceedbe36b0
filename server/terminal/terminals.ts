import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Size, Terminal, TerminalOutput } from '../contract/terminal.ts';
import type { Text } from '../contract/text.ts';
import { HaechiError } from '../errors.ts';
import type { Log } from '../log.ts';
import { AttemptTerminals } from './attempt-terminals.ts';
import { Pacer } from './pacer.ts';
import type { Places } from './place.ts';
import type { Containment, TerminalService, TerminalView, WorkspaceSetup } from './service.ts';
import type { Shell } from './shell.ts';

export interface TerminalsOptions {
  /** Has a folder for each attempt. */
  folder: string;
  places: Places;
  log: Log;
}

/** The terminals of all attempts, as they were when the last server stopped. It stops the places, too. */
export async function openTerminals(options: TerminalsOptions): Promise<TerminalService> {
  await mkdir(options.folder, { recursive: true });
  const terminals = new Terminals(options);
  await terminals.load();
  return terminals;
}

class Terminals implements TerminalService {
  readonly containment: Containment;
  readonly #options: TerminalsOptions;
  readonly #attempts = new Map<string, AttemptTerminals>();
  /** What is being done to each attempt; the next thing waits for it. */
  readonly #doing = new Map<string, Promise<unknown>>();
  readonly #listeners = new Set<(terminal: Terminal) => void>();
  readonly #pacer = new Pacer();

  constructor(options: TerminalsOptions) {
    this.#options = options;
    this.containment = options.places.containment;
  }

  async load(): Promise<void> {
    for (const attempt of await readdir(this.#options.folder)) await this.#of(attempt).load();
  }

  prepare(setup: WorkspaceSetup, report: (words: Text) => void = () => undefined): Promise<void> {
    return this.#inTurn(setup.attempt, () => this.#of(setup.attempt).prepare(setup, report));
  }

  reset(setup: WorkspaceSetup, report: (words: Text) => void = () => undefined): Promise<void> {
    return this.#inTurn(setup.attempt, () => this.#of(setup.attempt).reset(setup, report));
  }

  remove(attempt: string): Promise<void> {
    return this.#inTurn(attempt, async () => {
      await this.#attempts.get(attempt)?.remove();
      this.#attempts.delete(attempt);
      await rm(this.#folderOf(attempt), { recursive: true, force: true });
    });
  }

  list(attempt: string): Terminal[] {
    return this.#attempts.get(attempt)?.list() ?? [];
  }

  attemptOf(terminal: string): string {
    return this.#shell(terminal).terminal.attempt;
  }

  open(attempt: string, size: Size): Promise<Terminal> {
    return this.#inTurn(attempt, () => this.#known(attempt).open(size));
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
    await this.#inTurn(attempt, () => this.#known(attempt).close(this.#shell(terminal)));
  }

  onChange(listener: (terminal: Terminal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async run(attempt: string, script: string, signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
    return this.#known(attempt).run(script, signal);
  }

  async stop(): Promise<void> {
    const { places } = this.#options;
    const leave = places.shellsOutliveServer;
    await Promise.all([...this.#attempts].map(([attempt, each]) => this.#inTurn(attempt, () => each.stop(leave))));
    await places.stop();
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

  #known(attempt: string): AttemptTerminals {
    const known = this.#attempts.get(attempt);
    if (!known) throw new HaechiError('not-found', { what: `workspace ${attempt}` });
    return known;
  }

  #of(attempt: string): AttemptTerminals {
    const known = this.#attempts.get(attempt);
    if (known) return known;
    const folder = this.#folderOf(attempt);
    const { places, log } = this.#options;
    const of = new AttemptTerminals({
      attempt,
      folder: join(folder, 'terminals'),
      place: places.place(attempt, folder),
      pacer: this.#pacer,
      log,
      onChange: (terminal) => {
        for (const listener of this.#listeners) listener(terminal);
      },
    });
    this.#attempts.set(attempt, of);
    return of;
  }

  #folderOf(attempt: string): string {
    if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(attempt)) throw new Error(`"${attempt}" can't be an attempt's id`);
    return join(this.#options.folder, attempt);
  }

  #shell(id: string): Shell {
    const shell = this.#attempts.get(id.slice(0, id.lastIndexOf('.')))?.shell(id);
    if (!shell) throw new HaechiError('not-found', { what: `terminal ${id}` });
    return shell;
  }
}
