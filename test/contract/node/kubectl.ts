import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn as spawnPty } from '@lydell/node-pty';

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
  /** When each part of stdout came, in milliseconds since the start. */
  parts: { at: number; text: string }[];
}

/** The real kubectl in one namespace. `close` removes its kubeconfig. */
export interface Kubectl {
  (...args: string[]): Promise<Finished>;
  /** With something on its standard input. */
  feed(input: string, ...args: string[]): Promise<Finished>;
  /** On a terminal: types each key when the screen shows what is before it, and gives the screen and the exit code. */
  type(keys: [awaited: string, keys: string][], ...args: string[]): Promise<{ screen: string; code: number }>;
  close(): Promise<void>;
}

/** @param patience milliseconds after which a kubectl that hangs is ended. */
export async function openKubectl(
  program: string,
  kubeconfig: string,
  namespace: string,
  patience = 20_000,
): Promise<Kubectl> {
  const folder = await mkdtemp(join(tmpdir(), 'haechi-kubectl-'));
  const file = join(folder, 'kubeconfig');
  await writeFile(file, kubeconfig, { mode: 0o600 });
  const all = (args: string[]) => ['--kubeconfig', file, '-n', namespace, ...args];
  const feed = (input: string, ...args: string[]) =>
    new Promise<Finished>((resolve, reject) => {
      const began = Date.now();
      const child = spawn(program, all(args), { timeout: patience });
      const done: Finished = { code: -1, stdout: '', stderr: '', parts: [] };
      child.stdout.on('data', (part: Buffer) => {
        done.stdout += part.toString();
        done.parts.push({ at: Date.now() - began, text: part.toString() });
      });
      child.stderr.on('data', (part: Buffer) => (done.stderr += part.toString()));
      child.on('error', reject);
      child.on('close', (code) => resolve({ ...done, code: code ?? -1 }));
      child.stdin.end(input);
    });
  const type: Kubectl['type'] = (keys, ...args) =>
    new Promise((resolve) => {
      const terminal = spawnPty(program, all(args), { cols: 70, rows: 20 });
      const left = [...keys];
      let screen = '';
      let seen = 0;
      const timer = setTimeout(() => terminal.kill(), patience);
      terminal.onData((text) => {
        screen += text;
        const [next] = left;
        const at = next ? screen.indexOf(next[0], seen) : -1;
        if (!next || at < 0) return;
        seen = screen.length;
        left.shift();
        terminal.write(next[1]);
      });
      terminal.onExit(({ exitCode }) => {
        clearTimeout(timer);
        resolve({ screen, code: exitCode });
      });
    });
  return Object.assign((...args: string[]) => feed('', ...args), {
    feed,
    type,
    close: () => rm(folder, { recursive: true }),
  });
}
