import type { Inside, ProcessOutput, ProcessState } from './process.ts';
import { LineEditor } from './line-editor.ts';

/** Runs one line: its exit code and the state for the next. */
export type RunLine = (
  line: string,
  state: ProcessState,
  output: ProcessOutput,
  signal: AbortSignal,
) => Promise<{ exitCode: number; state: ProcessState }>;

/** A shell on a terminal: a prompt, lines, and Ctrl+C for what runs. */
export class InteractiveShell {
  readonly #inside: Inside;
  readonly #runLine: RunLine;
  readonly #write: (text: string) => void;
  readonly #end: (exitCode: number) => void;
  readonly #editor: LineEditor;
  #state: ProcessState;
  #running: AbortController | undefined;
  #typedAhead = '';
  #exitCode = 0;

  constructor(inside: Inside, runLine: RunLine, write: (text: string) => void, end: (exitCode: number) => void) {
    this.#inside = inside;
    this.#runLine = runLine;
    this.#write = write;
    this.#end = end;
    this.#state = { env: inside.env, cwd: inside.cwd };
    this.#editor = new LineEditor(write, (event) => {
      if (event.type === 'line') void this.#run(event.text);
      else if (event.type === 'end') this.#exit(this.#exitCode);
      else if (event.type === 'interrupt') this.#prompt();
      else void this.#complete(event.before);
    });
    this.#prompt();
  }

  feed(text: string): void {
    if (!this.#running) this.#editor.feed(text);
    else if (text.includes('\x03')) {
      this.#write('^C\r\n');
      this.#running.abort();
    } else this.#typedAhead += text;
  }

  kill(): void {
    this.#running?.abort();
  }

  #prompt(): void {
    const home = this.#state.env['HOME'] ?? '/root';
    const place = this.#state.cwd === home ? '~' : this.#state.cwd;
    this.#editor.begin(`${place} ${this.#inside.setup.identity.uid === 0 ? '#' : '$'} `);
    const ahead = this.#typedAhead;
    this.#typedAhead = '';
    if (ahead) this.feed(ahead);
  }

  async #run(line: string): Promise<void> {
    const exit = /^\s*exit(?:\s+(\d+))?\s*$/.exec(line);
    if (exit) {
      this.#exit(Number(exit[1] ?? this.#exitCode));
      return;
    }
    if (line.trim()) {
      this.#running = new AbortController();
      const write = (text: string) => this.#write(text.replaceAll(/\r?\n/g, '\r\n'));
      const done = await this.#runLine(line, this.#state, { stdout: write, stderr: write }, this.#running.signal);
      this.#running = undefined;
      this.#state = done.state;
      this.#exitCode = done.exitCode;
    }
    this.#prompt();
  }

  #exit(code: number): void {
    this.#write('exit\r\n');
    this.#end(code);
  }

  /** Completes the path before the cursor, as far as it is clear. */
  async #complete(before: string): Promise<void> {
    const { filesystem } = this.#inside;
    const word = /\S*$/.exec(before)?.[0] ?? '';
    const folder = word.includes('/') ? word.slice(0, word.lastIndexOf('/') + 1) : '';
    const start = word.slice(folder.length);
    const path = filesystem.resolvePath(this.#state.cwd, folder || '.');
    if (!(await filesystem.exists(path))) return;
    const names = (await filesystem.readdir(path)).filter((name) => name.startsWith(start));
    const [only] = names;
    if (names.length === 1 && only !== undefined) {
      const isFolder = (await filesystem.stat(filesystem.resolvePath(path, only))).isDirectory;
      this.#editor.insert(only.slice(start.length) + (isFolder ? '/' : ' '));
    }
  }
}
