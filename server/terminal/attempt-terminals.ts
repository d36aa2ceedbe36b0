import { mkdir } from 'node:fs/promises';
import type { Size, Terminal } from '../contract/terminal.ts';
import type { Text } from '../contract/text.ts';
import { HaechiError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Pacer } from './pacer.ts';
import type { Place } from './place.ts';
import { loadRoster, saveRoster } from './roster.ts';
import { ScrollbackFile } from './scrollback-file.ts';
import { Scrollback } from './scrollback.ts';
import type { WorkspaceSetup } from './service.ts';
import { Shell } from './shell.ts';

/** Terminals of an attempt that run at once, and ended ones that are kept to look at. */
export const mostTerminals = 8;

export interface AttemptTerminalsOptions {
  attempt: string;
  /** Scrollback and the list of terminals; no shell sees it. */
  folder: string;
  place: Place;
  pacer: Pacer;
  log: Log;
  onChange: (terminal: Terminal) => void;
}

/** One attempt's terminals, wherever their shells run. Its caller sees to it that one thing at a time is done to it. */
export class AttemptTerminals {
  readonly #options: AttemptTerminalsOptions;
  readonly #shells = new Map<number, Shell>();
  #next = 1;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: AttemptTerminalsOptions) {
    this.#options = options;
  }

  /** Terminals as they were kept. Shells that don't outlive the server have ended with the one that had started them. */
  async load(): Promise<void> {
    const { attempt, folder, place } = this.#options;
    await makeFolder(folder);
    const { next, terminals } = await loadRoster(folder);
    this.#next = next;
    for (const { number, size, ended, exitCode } of terminals) {
      const scrollback = await ScrollbackFile.load(folder, number);
      const state = ended ? 'ended' : 'running';
      const shell = this.#add({ id: idOf(attempt, number), attempt, number, state, exitCode, size }, scrollback);
      if (!ended) await shell.start((listeners) => place.resume({ number, size }, scrollback.end, listeners));
    }
  }

  list(): Terminal[] {
    return [...this.#shells.values()].map(({ terminal }) => terminal);
  }

  shell(id: string): Shell | undefined {
    return [...this.#shells.values()].find(({ terminal }) => terminal.id === id);
  }

  async prepare(setup: WorkspaceSetup, report: (words: Text) => void): Promise<void> {
    await makeFolder(this.#options.folder);
    await this.#options.place.prepare(setup, report);
  }

  async reset(setup: WorkspaceSetup, report: (words: Text) => void): Promise<void> {
    await this.#endAll();
    await this.#options.place.clear();
    await this.prepare(setup, report);
  }

  async open(size: Size): Promise<Terminal> {
    if (this.#running().length >= mostTerminals) throw new HaechiError('too-many-terminals', { most: mostTerminals });
    const { attempt, place, onChange } = this.#options;
    const number = this.#next++;
    await this.#forgetOldest();
    const id = idOf(attempt, number);
    const shell = this.#add({ id, attempt, number, state: 'running', exitCode: null, size }, new Scrollback());
    try {
      // Before it starts, so that no crash can make a number be used again.
      await this.#save();
      await shell.start((listeners) => place.start({ number, size }, listeners));
    } catch (error) {
      this.#shells.delete(number);
      throw error;
    }
    onChange(shell.terminal);
    return shell.terminal;
  }

  async close(shell: Shell): Promise<void> {
    await shell.end();
    shell.detachAll();
    await this.#forget(shell);
    await this.#save();
  }

  run(script: string, signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
    return this.#options.place.run(script, signal);
  }

  /** What is on disk stays. @param leave shells go on without this server; else they end. */
  async stop(leave: boolean): Promise<void> {
    if (leave) await Promise.all([...this.#shells.values()].map((shell) => shell.leave()));
    else await this.#endAll();
    for (const shell of this.#shells.values()) shell.detachAll();
    await this.#saving;
    await this.#options.place.stop();
  }

  async remove(): Promise<void> {
    await this.stop(false);
    this.#shells.clear();
    await this.#options.place.remove();
  }

  #running(): Shell[] {
    return [...this.#shells.values()].filter(({ running }) => running);
  }

  #add(terminal: Terminal, scrollback: Scrollback): Shell {
    const { folder, pacer, log, onChange } = this.#options;
    const shell = new Shell({
      terminal,
      scrollback,
      file: ScrollbackFile.create(folder, terminal.number, scrollback, log),
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
    await Promise.all(this.#running().map((shell) => shell.end()));
  }

  async #forgetOldest(): Promise<void> {
    const ended = [...this.#shells.values()].filter(({ running }) => !running);
    for (const shell of ended.slice(0, Math.max(0, ended.length - mostTerminals + 1))) {
      shell.detachAll();
      await this.#forget(shell);
    }
  }

  async #forget({ terminal: { number } }: Shell): Promise<void> {
    this.#shells.delete(number);
    await ScrollbackFile.remove(this.#options.folder, number);
  }

  /** One at a time, each with the list as it is then. */
  #save(): Promise<void> {
    const save = () => saveRoster(this.#options.folder, this.#next, this.list());
    this.#saving = this.#saving.then(save, save);
    return this.#saving;
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

function idOf(attempt: string, number: number): string {
  return `${attempt}.${number}`;
}
