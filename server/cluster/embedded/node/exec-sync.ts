import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExecError, type Container, type ExecProcess } from './container.ts';

export interface ExecOutput {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A command took longer than it may; the message is a kubelet's. */
export class ExecTimeout extends Error {}

/**
 * Runs a command in a container and waits for its end, as a kubelet does for hooks and probes (ExecSync of the CRI).
 * @throws ExecError in the words of containerd's answer when it can't be started, ExecTimeout
 */
export async function execSync(container: Container, command: string[], milliseconds: number): Promise<ExecOutput> {
  const process = start(container, command);
  const output = Promise.all([text(process.stdout), text(process.stderr)]);
  const late = new AbortController();
  const exitCode = await Promise.race([
    process.exitCode,
    sleep(milliseconds, undefined, { ref: false, signal: late.signal }).catch(() => undefined),
  ]);
  late.abort();
  if (exitCode === undefined) {
    process.kill();
    throw new ExecTimeout(`command timed out: "${command.join(' ')}" timed out after ${milliseconds / 1000}s`);
  }
  const [stdout, stderr] = await output;
  return { exitCode, stdout, stderr };
}

function start(container: Container, command: string[]): ExecProcess {
  try {
    return container.exec({ command, tty: false, stdin: false });
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    const id = randomBytes(32).toString('hex');
    throw new ExecError(
      `rpc error: code = Unknown desc = failed to exec in container: failed to start exec "${id}": ${error.message}`,
    );
  }
}
