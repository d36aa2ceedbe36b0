import type { Problem } from '../../../server/contract/problem.ts';
import type { Terminal } from '../../../server/contract/terminal.ts';
import { problemOf } from '../problem-error.ts';
import type { Connection } from '../state/connection.svelte.ts';
import type { Preferences } from '../state/preferences.svelte.ts';
import { TerminalSession } from './terminal-session.svelte.ts';
import { typedBy, type Key } from './type-ahead.ts';

export interface ShellsOptions {
  connection: Connection;
  preferences: Preferences;
}

const firstSize = { columns: 100, rows: 24 };

/** The shells of one attempt, as tabs. */
export class Shells {
  sessions = $state.raw<TerminalSession[]>([]);
  opening = $state(false);
  problem = $state.raw<Problem | null>(null);
  #activeId = $state('');
  readonly active: TerminalSession | null = $derived(
    this.sessions.find(({ id }) => id === this.#activeId) ?? this.sessions.at(-1) ?? null,
  );
  /** The learner asked for a shell, and wants to type into it; a page that is loaded takes no focus. */
  wantsFocus = false;
  /** What is typed while a shell that was asked for opens; it goes into that shell. */
  #ahead: string | null = null;
  readonly #options: ShellsOptions;
  readonly #stops: (() => void)[];
  #attempt = '';

  constructor(options: ShellsOptions) {
    this.#options = options;
    const { connection } = options;
    this.#stops = [
      connection.on('terminalWrote', ({ terminal, offset, data }) => this.#find(terminal)?.take(offset, data)),
      connection.on('terminalChanged', (terminal) => {
        if (terminal.attempt !== this.#attempt) return;
        const session = this.#find(terminal.id);
        if (session) session.info = terminal;
        else if (terminal.state === 'running' && !this.opening) this.#add(terminal);
      }),
    ];
  }

  /** Shows the shells that an attempt has now; called again after each reconnect. */
  async follow(attempt: string, terminals: readonly Terminal[]): Promise<void> {
    if (attempt !== this.#attempt) this.clear();
    this.#attempt = attempt;
    for (const terminal of terminals) if (!this.#find(terminal.id)) this.#add(terminal, false);
    await Promise.all(this.sessions.map((session) => session.attach()));
  }

  /** Opens the first shell if there is none. */
  async ensure(): Promise<void> {
    if (this.sessions.length === 0) await this.#open();
  }

  /** Opens another shell, as the learner asked. */
  async open(): Promise<void> {
    this.#ahead ??= '';
    await this.#open();
    if (this.problem) this.#ahead = null;
  }

  /** @returns whether a key was taken for the shell that is opening. */
  takeAhead(key: Key): boolean {
    const text = typedBy(key);
    if (this.#ahead === null || text === null) return false;
    this.#ahead += text;
    return true;
  }

  /** The active shell has the focus now: what was typed ahead goes into it. */
  focused(session: TerminalSession): void {
    this.wantsFocus = false;
    if (this.#ahead) session.type(this.#ahead);
    this.#ahead = null;
  }

  select(id: string): void {
    if (id === this.active?.id) this.active.screen?.focus();
    else this.wantsFocus = true;
    this.#activeId = id;
    this.#ahead = null;
  }

  async close(session: TerminalSession): Promise<void> {
    try {
      await session.close();
      this.#remove(session);
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  clear(): void {
    for (const session of this.sessions) session.dispose();
    this.sessions = [];
    this.problem = null;
    this.#ahead = null;
  }

  dispose(): void {
    for (const stop of this.#stops) stop();
    this.clear();
    this.#attempt = '';
  }

  async #open(): Promise<void> {
    if (this.opening || this.#attempt === '') return;
    this.opening = true;
    this.problem = null;
    this.wantsFocus = true;
    try {
      const size = this.active?.screen?.size ?? firstSize;
      const terminal = await this.#options.connection.ask('terminal:open', { attempt: this.#attempt, size });
      const session = this.#find(terminal.id) ?? this.#add(terminal);
      this.#activeId = session.id;
    } catch (error) {
      this.problem = problemOf(error);
    } finally {
      this.opening = false;
    }
  }

  /** A dead shell makes room for a new one. */
  async replace(session: TerminalSession): Promise<void> {
    await this.open();
    if (!this.problem) this.#remove(session);
  }

  #find(id: string): TerminalSession | undefined {
    return this.sessions.find((session) => session.id === id);
  }

  #add(terminal: Terminal, attach = true): TerminalSession {
    const session = new TerminalSession({ ...this.#options, terminal });
    this.sessions = [...this.sessions, session].sort((a, b) => a.info.number - b.info.number);
    if (attach) void session.attach();
    return session;
  }

  #remove(session: TerminalSession): void {
    const index = this.sessions.indexOf(session);
    this.sessions = this.sessions.filter((each) => each !== session);
    this.#activeId = (this.sessions[index] ?? this.sessions.at(-1))?.id ?? '';
    session.dispose();
  }
}
