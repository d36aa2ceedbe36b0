import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Launch } from './launch.ts';
import { endTree } from './processes.ts';

const mostOutputBytes = 1 << 20;

/**
 * Runs a process without a terminal until it and its output end. Output beyond 1 MiB is dropped.
 * @returns the exit code; 137 when it was killed.
 * @throws the signal's reason when it is aborted.
 */
export async function runToEnd(launch: Launch, signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
  signal.throwIfAborted();
  const child = spawn(launch.file, launch.args, {
    cwd: launch.cwd,
    env: launch.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kept: Buffer[] = [];
  let bytes = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      if (bytes < mostOutputBytes) kept.push(data);
      bytes += data.length;
    });
  }
  let ending: Promise<unknown> | undefined;
  const end = () => {
    if (child.pid !== undefined) ending = endTree(child.pid);
    ending?.catch((error: unknown) => child.emit('error', error));
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const [code, killedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    signal.throwIfAborted();
    return { exitCode: code ?? (killedBy === 'SIGKILL' ? 137 : 128), output: Buffer.concat(kept).toString('utf8') };
  } finally {
    signal.removeEventListener('abort', end);
  }
}
