import type { Problem } from '../../../server/contract/problem.ts';
import type { Size, Terminal } from '../../../server/contract/terminal.ts';
import { problemOf } from '../problem-error.ts';
import type { Connection } from '../state/connection.svelte.ts';
import type { Preferences } from '../state/preferences.svelte.ts';
import { isPageKey } from '../state/page-keys.ts';
import { InputQueue } from './input-queue.ts';
import { ReplayCursor } from './replay-cursor.ts';
import { isReport } from './reports.ts';
import type { Screen } from './screen.ts';

/** Old output is taken to be over when nothing came for so long. */
const replayPause = 300;
const resizePause = 100;
/** Notices of what was seen are put together, but not more than so many bytes. */
const seenPause = 40;
const seenBytes = 32 * 1024;

export interface SessionOptions {
  terminal: Terminal;
  connection: Connection;
  preferences: Preferences;
}

/** One shell on the page: its screen, and its place in the output. */
export class TerminalSession {
  info = $state.raw<Terminal>() as Terminal;
  screen = $state.raw<Screen | null>(null);
  /** Typing went nowhere, or the clipboard could not be read. */
  problem = $state.raw<Problem | 'clipboard' | null>(null);
  searching = $state(false);
  results = $state.raw({ at: 0, all: 0 });
  readonly #options: SessionOptions;
  readonly #cursor = new ReplayCursor();
  readonly #input: InputQueue;
  #opening: Promise<Screen> | null = null;
  #replaying = false;
  #shown = 0;
  #told = 0;
  #replayTimer: ReturnType<typeof setTimeout> | undefined;
  #resizeTimer: ReturnType<typeof setTimeout> | undefined;
  #seenTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.info = options.terminal;
    const { connection } = options;
    this.#input = new InputQueue(
      (data) => connection.ask('terminal:write', { terminal: this.id, data }),
      (error) => (this.problem = problemOf(error)),
    );
  }

  get id(): string {
    return this.info.id;
  }

  get ended(): boolean {
    return this.info.state === 'ended';
  }

  /** Asks for the output from where this page is. Called again after each reconnect. */
  async attach(): Promise<void> {
    const screen = await (this.#opening ??= this.#open());
    if (this.#closed) return;
    const after = this.#cursor.next;
    if (after === 0) this.#beginReplay();
    try {
      const { terminal, from } = await this.#options.connection.ask('terminal:attach', { terminal: this.id, after });
      this.info = terminal;
      this.problem = null;
      if (this.#cursor.startAt(from) > 0)
        screen.write(`\r\n\x1b[2m… ${this.#options.preferences.words.shell.gap} …\x1b[0m\r\n`);
      this.#shown = this.#told = this.#cursor.next;
      if (!this.ended) this.#resize(screen.size);
    } catch (error) {
      const problem = problemOf(error);
      // The server was started anew and its shells are gone; a lost connection will be tried again.
      if (problem.code === 'not-found') this.info = { ...this.info, state: 'ended', exitCode: null };
      else if (problem.code !== 'unreachable') this.problem = problem;
    }
  }

  /** Output came. @param data as the socket gives it: browsers get an ArrayBuffer. */
  take(offset: number, data: Uint8Array | ArrayBuffer): void {
    const fresh = this.#cursor.take(offset, data instanceof Uint8Array ? data : new Uint8Array(data));
    if (fresh.length === 0) return;
    const end = this.#cursor.next;
    if (this.#replaying) this.#beginReplay();
    this.screen?.write(fresh, () => this.#show(end));
  }

  /** Types a command and runs it. @returns whether it could: not while an editor is open. */
  run(command: string): boolean {
    const { screen } = this;
    if (!screen || screen.inFullScreen || this.ended) return false;
    screen.paste(command);
    this.#input.push('\r');
    screen.focus();
    return true;
  }

  type(text: string): void {
    this.#input.push(text);
  }

  async close(): Promise<void> {
    try {
      await this.#options.connection.ask('terminal:close', { terminal: this.id });
    } catch (error) {
      // It is gone already.
      if (problemOf(error).code !== 'not-found') throw error;
    }
  }

  dispose(): void {
    this.#closed = true;
    clearTimeout(this.#replayTimer);
    clearTimeout(this.#resizeTimer);
    clearTimeout(this.#seenTimer);
    this.screen?.dispose();
    this.screen = null;
    // Else the server would wait for this page to show what it sends, and the shell with it.
    this.#options.connection.ask('terminal:detach', { terminal: this.id }).catch(problemOf);
  }

  async #open(): Promise<Screen> {
    const { Screen, loadTerminalFonts } = await import('./screen.ts');
    await loadTerminalFonts();
    const screen = new Screen({
      onInput: (data) => this.#type(data),
      onResize: (size) => {
        clearTimeout(this.#resizeTimer);
        this.#resizeTimer = setTimeout(() => this.#resize(size), resizePause);
      },
      onSearch: () => (this.searching = true),
      onSearchResults: (results) => (this.results = results),
      onClipboardDenied: () => (this.problem = 'clipboard'),
      isPageKey,
      screenReader: this.#options.preferences.screenReader,
      dark: this.#options.preferences.dark,
    });
    if (this.#closed) screen.dispose();
    else this.screen = screen;
    return screen;
  }

  #type(data: string): void {
    if (this.ended || (this.#replaying && isReport(data))) return;
    this.problem = null;
    this.#input.push(data);
  }

  #beginReplay(): void {
    this.#replaying = true;
    clearTimeout(this.#replayTimer);
    this.#replayTimer = setTimeout(() => (this.#replaying = false), replayPause);
  }

  #resize(size: Size): void {
    const { columns, rows } = this.info.size;
    if (this.ended || (size.columns === columns && size.rows === rows)) return;
    this.info = { ...this.info, size };
    this.#options.connection.ask('terminal:resize', { terminal: this.id, size }).catch((error: unknown) => {
      // Only a problem of the server's is expected; the next attach tells the size again.
      problemOf(error);
      this.info = { ...this.info, size: { columns, rows } };
    });
  }

  #show(offset: number): void {
    this.#shown = Math.max(this.#shown, offset);
    if (this.#shown - this.#told >= seenBytes) this.#tell();
    else this.#seenTimer ??= setTimeout(() => this.#tell(), seenPause);
  }

  #tell(): void {
    clearTimeout(this.#seenTimer);
    this.#seenTimer = undefined;
    if (this.#closed || this.#told === this.#shown) return;
    this.#told = this.#shown;
    this.#options.connection.seen(this.id, this.#shown);
  }
}
