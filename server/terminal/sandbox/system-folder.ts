import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Log } from '../../log.ts';
import { isNodeError } from '../folders.ts';
import { seccompFilter } from './seccomp.ts';

const execute = promisify(execFile);

/** What all shells share. */
export interface SystemFolder {
  /** The service's folder: everything that a sandbox sees of the server's own is below it. */
  folder: string;
  /** `system` below it: read-only, and /etc/haechi inside a sandbox. */
  system: string;
  /** The program itself, links followed. */
  kubectl: string;
  /** The system call filter; undefined where there is none for this processor. */
  seccomp: string | undefined;
}

/**
 * Puts the files of ./system, a system call filter and kubectl's completion into a folder. They are copied since where
 * the project is installed may not be readable to learners' users.
 */
export async function makeSystemFolder(dataFolder: string, kubectl: string, log: Log): Promise<SystemFolder> {
  const folder = join(dataFolder, 'system');
  const source = join(import.meta.dirname, '..', 'system');
  await mkdir(join(folder, 'bin'), { recursive: true });
  await Promise.all([chmod(folder, 0o755), chmod(join(folder, 'bin'), 0o755)]);
  for (const name of await readdir(source)) {
    await copyFile(join(source, name), join(folder, name));
    await chmod(join(folder, name), ['k', 'launch', 'start'].includes(name) ? 0o755 : 0o644);
  }
  await put(join(folder, 'resolv.conf'), '');
  await put(join(folder, 'kubectl'), ''); // Where the program is mounted.
  const program = await realpath(kubectl);
  await link(kubectl, join(folder, 'bin', 'kubectl'));
  await link(join(folder, 'k'), join(folder, 'bin', 'k'));
  await makeCompletion(folder, kubectl, log);
  const filter = seccompFilter(process.arch);
  const seccomp = filter && join(folder, 'seccomp.bpf');
  if (seccomp) await put(seccomp, filter);
  return { folder: dataFolder, system: folder, kubectl: program, seccomp };
}

/** kubectl takes a moment to write its completion, so it is written once for each kubectl. */
async function makeCompletion(folder: string, kubectl: string, log: Log): Promise<void> {
  const completion = join(folder, 'kubectl-completion');
  const [made, program] = await Promise.all([stat(completion).catch(() => undefined), stat(kubectl)]);
  if (made && made.size > 0 && made.mtimeMs > program.mtimeMs && made.mtimeMs > program.ctimeMs) return;
  try {
    const { stdout } = await execute(kubectl, ['completion', 'bash'], {
      env: { HOME: '/nonexistent' },
      timeout: 20_000,
    });
    await put(completion, stdout);
  } catch (error) {
    log.warn({ err: error, kubectl }, 'kubectl gave no completion: shells go without');
    await put(completion, '');
  }
}

async function put(file: string, content: string | Buffer): Promise<void> {
  await writeFile(file, content);
  await chmod(file, 0o644);
}

async function link(to: string, at: string): Promise<void> {
  await rm(at, { force: true });
  await symlink(to, at).catch((error: unknown) => {
    if (!isNodeError(error) || error.code !== 'EEXIST') throw error;
  });
}
