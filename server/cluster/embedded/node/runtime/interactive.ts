import { parse, serialize } from 'just-bash';
import { complete } from './completion.ts';
import { LineEditor } from './line-editor.ts';
import type { Inside, ProcessState } from './process.ts';
import type { RunShellLine } from './terminal-session.ts';

/** What Ctrl+C ends a command with. */
const interrupted = 130;

/** A shell on a terminal: a prompt, lines, and Ctrl+C for what runs. */
export class InteractiveShell {
  readonly #inside: Inside;
  readonly #runLine: RunShellLine;
  readonly #write: (text: string) => void;
  readonly #end: (exitCode: number) => void;
  readonly #editor: LineEditor;
  /** Functions that were defined, as text: each line runs in a shell of its own. */
  readonly #functions = new Map<string, string>();
  #state: ProcessState;
  #running: AbortController | undefined;
  #typedAhead = '';
  /** Lines of a command that isn't complete. */
  #begun = '';
  #exitCode = 0;
  #lastCompletion = '';

  constructor(inside: Inside, runLine: RunShellLine, write: (text: string) => void, end: (exitCode: number) => void) {
    this.#inside = inside;
    this.#runLine = runLine;
    this.#write = write;
    this.#end = end;
    this.#state = { env: { ...inside.env, TERM: 'xterm' }, cwd: inside.cwd };
    this.#editor = new LineEditor(write, (event) => {
      if (event.type === 'line') void this.#run(event.text);
      else if (event.type === 'end') {
        write('exit\r\n');
        end(this.#exitCode);
      } else if (event.type === 'interrupt') this.#interrupt();
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

  resize(columns: number, rows: number): void {
    this.#editor.resize(columns);
    this.#state = { ...this.#state, env: { ...this.#state.env, COLUMNS: String(columns), LINES: String(rows) } };
  }

  #prompt(): void {
    const home = this.#state.env['HOME'] ?? '/root';
    const place = this.#state.cwd === home ? '~' : this.#state.cwd;
    this.#editor.begin(this.#begun ? '> ' : `${place} ${this.#inside.setup.identity.uid === 0 ? '#' : '$'} `);
    const ahead = this.#typedAhead;
    this.#typedAhead = '';
    if (ahead) this.feed(ahead);
  }

  #interrupt(): void {
    this.#begun = '';
    this.#exitCode = interrupted;
    this.#prompt();
  }

  async #run(line: string): Promise<void> {
    const text = this.#begun + line;
    this.#begun = isUnfinished(text) ? `${text}\n` : '';
    if (this.#begun || !text.trim()) {
      this.#prompt();
      return;
    }
    const running = (this.#running = new AbortController());
    const write = (part: string) => this.#write(part.replaceAll(/\r?\n/g, '\r\n'));
    const status = this.#exitCode === 0 ? '' : `(exit ${this.#exitCode})\n`;
    const script = `${[...this.#functions.values()].join('\n')}\n${status}${text}`;
    const done = await this.#runLine(script, this.#state, { stdout: write, stderr: write }, running.signal);
    this.#running = undefined;
    this.#exitCode = running.signal.aborted ? interrupted : done.exitCode;
    if (done.exited && !running.signal.aborted) {
      this.#end(this.#exitCode);
      return;
    }
    const size = pick(this.#state.env, ['COLUMNS', 'LINES']);
    this.#state = { ...done.state, env: { ...done.state.env, ...size } };
    this.#keepFunctions(text);
    this.#prompt();
  }

  #keepFunctions(text: string): void {
    if (!text.includes('(')) return;
    for (const { pipelines } of statementsOf(text))
      for (const { commands } of pipelines)
        for (const node of commands)
          if (node.type === 'FunctionDef') {
            const statement = { type: 'Statement' as const, operators: [], background: false };
            const only = { type: 'Pipeline' as const, negated: false, commands: [node] };
            this.#functions.set(
              node.name,
              serialize({ type: 'Script', statements: [{ ...statement, pipelines: [only] }] }),
            );
          }
  }

  async #complete(before: string): Promise<void> {
    const { insert, candidates } = await complete(this.#inside, before, this.#state);
    const again = this.#lastCompletion === before;
    this.#lastCompletion = before;
    if (insert) this.#editor.insert(insert);
    else if (again && candidates.length > 1) this.#editor.show(candidates.join('  '));
    this.#editor.completed();
  }
}

function pick(env: Record<string, string>, names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => names.includes(name)));
}

/** Whether a command goes on in the next line: an open quote, `do` without `done`, a backslash. */
function isUnfinished(text: string): boolean {
  if (/(^|[^\\])(\\\\)*\\$/.test(text)) return true;
  try {
    parse(text);
    return false;
  } catch (error) {
    return error instanceof Error && /got EOF|unterminated|unexpected end|EOF while/i.test(error.message);
  }
}

function statementsOf(text: string): ReturnType<typeof parse>['statements'] {
  try {
    return parse(text).statements;
  } catch {
    // What can't be parsed defines nothing; the shell has said so.
    return [];
  }
}
