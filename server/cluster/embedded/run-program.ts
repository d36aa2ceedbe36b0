import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** From SIGINT to SIGKILL. */
const graceMs = 2000;

export interface RunOptions {
  folder: string;
  environment: NodeJS.ProcessEnv;
  /** Ends the program, and all that it started. */
  signal: AbortSignal;
  onErrorLine?: (line: string) => void;
}

/** A program that ended badly; `lastLines` is what it said before. */
export class ProgramError extends Error {
  constructor(program: string, end: string, lastLines: readonly string[]) {
    super(`${program} ended with ${end}${lastLines.length > 0 ? `: ${lastLines.join(' / ')}` : ''}`);
    this.name = 'ProgramError';
  }
}

/**
 * Runs a program to its end and resolves with its standard output.
 * @throws ProgramError; the system's error (code `ENOENT`) when there is no such program; the signal's reason.
 */
export async function runProgram(program: string, args: readonly string[], options: RunOptions): Promise<string> {
  options.signal.throwIfAborted();
  const child = spawn(program, args, {
    cwd: options.folder,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that compilers end with the `go` that started them.
    detached: true,
  });
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    // Interrupted, `go` takes its temporary files away.
    killGroup(child, 'SIGINT');
    timer = setTimeout(() => killGroup(child, 'SIGKILL'), graceMs);
  };
  options.signal.addEventListener('abort', end, { once: true });
  try {
    const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    const output: Buffer[] = [];
    const lastLines: string[] = [];
    child.stdout.on('data', (data: Buffer) => output.push(data));
    createInterface(child.stderr).on('line', (line) => {
      lastLines.push(line.trim());
      if (lastLines.length > 2) lastLines.shift();
      options.onErrorLine?.(line);
    });
    const [code, signal] = await closed;
    if (options.signal.aborted) {
      // What it had started may not have minded the interruption.
      killGroup(child, 'SIGKILL');
      options.signal.throwIfAborted();
    }
    if (code !== 0) throw new ProgramError(program, signal ?? `exit code ${code ?? '?'}`, lastLines);
    return Buffer.concat(output).toString();
  } finally {
    options.signal.removeEventListener('abort', end);
    clearTimeout(timer);
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
