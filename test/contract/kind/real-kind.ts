import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rootFolder } from '../../../server/cluster/kind/names.ts';
import type { Setting } from '../../kind/setting.ts';

const run = promisify(execFile);

/** Builds the real kind from its Go module, into a folder of its own. */
export async function buildKind(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'haechi-real-kind-'));
  const args = ['build', '-mod=readonly', '-buildvcs=false', '-o', join(folder, 'kind'), '.'];
  await run('go', args, { cwd: join(import.meta.dirname, 'program') });
  return folder;
}

export async function hasGo(): Promise<boolean> {
  try {
    await run('go', ['version']);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs the real kind on a setting's Docker.
 * @returns what it wrote to one output, without what differs from run to run, and its exit code as the last line: a
 *   recording
 */
export async function record(
  kind: string,
  args: readonly string[],
  setting: Setting,
  from: 'stdout' | 'stderr' = 'stderr',
): Promise<string> {
  const child = spawn(kind, args, {
    cwd: rootFolder,
    env: { ...setting.environment, KIND_EXPERIMENTAL_PROVIDER: 'docker' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const output: Buffer[] = [];
  child.stdout.resume();
  child[from].on('data', (data: Buffer) => output.push(data));
  const [code] = (await closed) as [number];
  const text = Buffer.concat(output)
    .toString()
    .replaceAll(rootFolder, '/haechi')
    .replaceAll(setting.folder, '/home/learner')
    .replace(/--publish=127\.0\.0\.1:\d+/g, '--publish=127.0.0.1:40123')
    // Whichever of them had been started.
    .replace(/^Deleted nodes: .*\n/m, '')
    // One of several farewells.
    .replace(
      /^(Have a nice day|Thanks for using kind|Not sure what to do next|Have a question).*$/m,
      'Have a nice day! 👋',
    )
    .replace(/ after \d+s /, ' after 0s ')
    .replace(/ go1\.[\d.]+ linux\/\w+/, ' go1.26.8 linux/amd64');
  return `${text}exit code ${code}\n`;
}
