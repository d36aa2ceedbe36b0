import type { Size, Terminal, TerminalOutput } from '../contract/terminal.ts';
import { HaechiError } from '../errors.ts';
import { InputQueue } from './input-queue.ts';
import type { Flow, Pacer } from './pacer.ts';
import type { Pty, PtyListeners } from './pty.ts';
import type { ScrollbackFile } from './scrollback-file.ts';
import type { Scrollback } from './scrollback.ts';
import { View, windowBytes } from './view.ts';

/** Output that comes within this time of the last piece is sent together with what follows it. */
const gatherMs = 4;
const gatherBytes = 16 << 10;

export interface ShellOptions {
  terminal: Terminal;
  scrollback: Scrollback;
  file: ScrollbackFile;
  pacer: Pacer;
  onChange: (shell: Shell) => void;
}

/** A terminal: a process, what it wrote, and those who look at it. After the process has ended, what it wrote stays. */
export class Shell {
  readonly scrollback: Scrollback;
  readonly #options: ShellOptions;
  readonly #views = new Set<View>();
  readonly #flow: Flow;
  readonly #holds = new Set<'turn' | 'window'>();
  #terminal: Terminal;
  #pty: Pty | undefined;
  #input: InputQueue | undefined;
  #ended: Promise<void> = Promise.resolve();
  #lastSent = 0;
  #unsent = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ShellOptions) {
    this.#options = options;
    this.#terminal = options.terminal;
    this.scrollback = options.scrollback;
    this.#flow = { hold: () => this.#hold('turn'), release: () => this.#release('turn') };
  }

  get terminal(): Terminal {
    return this.#terminal;
  }

  get running(): boolean {
    return this.#pty !== undefined;
  }

  /** @param begin starts the process, or finds one that still runs; without a result the terminal has ended. */
  async start(begin: (listeners: PtyListeners) => Pty | Promise<Pty> | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const pty = await begin({
      onOutput: (bytes) => this.#take(bytes),
      onGap: (position) => this.scrollback.skipTo(position),
      onExit: (exitCode) => {
        this.#end(exitCode);
        resolve(undefined);
      },
    });
    if (!pty) {
      this.#terminal = { ...this.#terminal, state: 'ended' };
      return;
    }
    this.#ended = promise;
    this.#pty = pty;
    this.#input = new InputQueue((bytes) => pty.write(bytes));
  }

  attach(after: number, write: (output: TerminalOutput) => void): View {
    const source = { terminal: () => this.#terminal, scrollback: this.scrollback };
    const view = new View(source, after, write, (changed) => {
      if (!changed.attached) this.#views.delete(changed);
      this.#balance();
    });
    this.#views.add(view);
    return view;
  }

  async write(text: string): Promise<void> {
    if (!this.#input) throw new HaechiError('terminal-ended');
    await this.#input.push(text);
  }

  resize(size: Size): void {
    if (!this.#pty || (size.columns === this.#terminal.size.columns && size.rows === this.#terminal.size.rows)) return;
    this.#terminal = { ...this.#terminal, size };
    this.#pty.resize(size);
  }

  /** Ends the process, if it still runs, and resolves when it has gone and all output is on disk. */
  async end(): Promise<void> {
    await this.#pty?.end();
    // A held process' last output would keep its end from being noticed.
    this.#holds.clear();
    this.#pty?.resume();
    await this.#ended;
    await this.#options.file.close();
  }

  /** Lets the process go on without the server; resolves when all output is on disk. */
  async leave(): Promise<void> {
    this.#pty?.leave?.();
    this.#pty = undefined;
    this.#input?.close();
    this.#input = undefined;
    this.#options.pacer.forget(this.#flow);
    await this.#options.file.close();
  }

  /** Views get no more. */
  detachAll(): void {
    for (const view of this.#views) view.detach();
    clearTimeout(this.#timer);
  }

  #take(bytes: Buffer): void {
    this.scrollback.append(bytes);
    this.#options.file.changed();
    this.#options.pacer.spend(this.#flow, bytes.length, this.#views.size > 0);
    this.#unsent += bytes.length;
    const wait = gatherMs - (performance.now() - this.#lastSent);
    if (wait <= 0 || this.#unsent >= gatherBytes) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), wait);
    this.#balance();
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unsent = 0;
    this.#lastSent = performance.now();
    for (const view of this.#views) view.pump();
  }

  /** Holds the process while even the fastest view is a window behind; with no view it runs on, into scrollback. */
  #balance(): void {
    const positions = [...this.#views].map(({ position }) => position);
    const behind = positions.length === 0 ? 0 : this.scrollback.end - Math.max(...positions);
    if (behind > windowBytes) this.#hold('window');
    else if (behind < windowBytes / 2) this.#release('window');
  }

  #hold(reason: 'turn' | 'window'): void {
    if (!this.#pty) return;
    if (this.#holds.size === 0) this.#pty.pause();
    this.#holds.add(reason);
  }

  #release(reason: 'turn' | 'window'): void {
    if (this.#holds.delete(reason) && this.#holds.size === 0) this.#pty?.resume();
  }

  #end(exitCode: number | null): void {
    this.#pty = undefined;
    this.#input?.close();
    this.#input = undefined;
    this.#options.pacer.forget(this.#flow);
    this.#send();
    void this.#options.file.close();
    this.#terminal = { ...this.#terminal, state: 'ended', exitCode };
    this.#options.onChange(this);
  }
}
