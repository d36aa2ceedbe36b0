import { spawn, type IPty } from '@lydell/node-pty';
import type { Size, Terminal, TerminalOutput } from '../contract/terminal.ts';
import { KeptOutput } from './kept-output.ts';

/** How far output may run ahead of what a view has shown before the program that writes it has to wait. */
const window = 256 * 1024;

/** The most that one message carries. */
const most = 32 * 1024;

/** Output that follows other output this soon goes with it in one message. */
const together = 4;

interface View {
  sent: number;
  seen: number;
  write: (output: TerminalOutput) => void;
}

/** One terminal: a pseudo-terminal with a shell, what it wrote, and those who look at it. */
export class Shell {
  readonly #kept: KeptOutput;
  readonly #views = new Set<View>();
  readonly #onChange: (terminal: Terminal) => void;
  readonly ended: Promise<void>;
  #terminal: Terminal;
  #pty: IPty | undefined;
  #paused = false;
  #flush: NodeJS.Timeout | undefined;
  #flushedAt = 0;

  /** @param command what to run; without one the terminal has ended, and only its scrollback is there. */
  constructor(options: {
    terminal: Terminal;
    path: string;
    command?: [file: string, args: string[]];
    cwd: string;
    onChange: (terminal: Terminal) => void;
  }) {
    this.#terminal = options.terminal;
    this.#onChange = options.onChange;
    this.#kept = new KeptOutput(options.path);
    if (!options.command) {
      this.ended = Promise.resolve();
      return;
    }
    const [file, args] = options.command;
    const { columns, rows } = options.terminal.size;
    const pty = spawn(file, args, {
      name: 'xterm-256color',
      cols: columns,
      rows,
      cwd: options.cwd,
      env: { PATH: process.env['PATH'] },
      encoding: null,
    });
    this.#pty = pty;
    // Without an encoding the data are bytes, whatever the type says.
    pty.onData((data: string | Buffer) => this.#wrote(Buffer.from(data)));
    this.ended = new Promise((resolve) => {
      pty.onExit(({ exitCode }) => {
        this.#pty = undefined;
        this.#pump();
        this.#change({ state: 'ended', exitCode });
        resolve();
      });
    });
  }

  get terminal(): Terminal {
    return this.#terminal;
  }

  /** Calls back with output from byte `after` on, as fast as `seen` allows. @returns where output really starts. */
  attach(
    after: number,
    write: (output: TerminalOutput) => void,
  ): { from: number; seen: (offset: number) => void; detach: () => void } {
    const from = this.#kept.scrollback.replayFrom(after);
    const view: View = { sent: from, seen: from, write };
    this.#views.add(view);
    setImmediate(() => this.#pump());
    return {
      from,
      seen: (offset) => {
        view.seen = Math.max(view.seen, Math.min(offset, view.sent));
        this.#pump();
      },
      detach: () => {
        this.#views.delete(view);
        this.#pump();
      },
    };
  }

  write(data: string): void {
    this.#pty?.write(data);
  }

  resize(size: Size): void {
    this.#pty?.resize(size.columns, size.rows);
    this.#change({ size });
  }

  /** Ends the shell with all that it started. */
  async end(): Promise<void> {
    this.#pty?.resume();
    this.#pty?.kill('SIGKILL');
    await this.ended;
  }

  close(): void {
    clearTimeout(this.#flush);
    this.#views.clear();
    this.#kept.close();
  }

  delete(): void {
    clearTimeout(this.#flush);
    this.#views.clear();
    this.#kept.delete();
  }

  #wrote(data: Buffer<ArrayBuffer>): void {
    this.#kept.append(data);
    if (this.#flush) return;
    const since = performance.now() - this.#flushedAt;
    if (since > together) this.#pump();
    else this.#flush = setTimeout(() => this.#pump(), together - since);
  }

  /** Sends each view what it has room for, and lets the shell go on or wait. */
  #pump(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    this.#flushedAt = performance.now();
    const { scrollback } = this.#kept;
    for (const view of this.#views) {
      while (view.sent < scrollback.end && view.sent - view.seen < window) {
        view.sent = Math.max(view.sent, scrollback.start);
        const data = scrollback.read(view.sent, most);
        const offset = view.sent;
        view.sent += data.length;
        view.write({ terminal: this.#terminal.id, offset, data });
      }
    }
    const behind = [...this.#views].some((view) => scrollback.end - view.seen > window);
    if (behind === this.#paused) return;
    this.#paused = behind;
    if (behind) this.#pty?.pause();
    else this.#pty?.resume();
  }

  #change(change: Partial<Terminal>): void {
    this.#terminal = { ...this.#terminal, ...change };
    this.#onChange(this.#terminal);
  }
}
