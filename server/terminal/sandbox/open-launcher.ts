import { join } from 'node:path';
import { chmod, mkdir } from 'node:fs/promises';
import { HaechiError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { makePrivate, removeTree } from '../folders.ts';
import type { Grounds, Launcher } from './launch.ts';
import { PlainLauncher } from './plain.ts';
import { missingRequirements, requirements } from './requirements.ts';
import { SandboxLauncher } from './sandbox.ts';
import type { SystemFolder } from './system-folder.ts';

const searchPath = '/usr/bin:/bin:/usr/sbin:/sbin';
const neededForSandbox = new Set(['bwrap', 'socat', 'setpriv']);

/**
 * Sandboxes where they can be had, tried with a real one.
 * @throws HaechiError `shells-not-contained` where they can't, unless `allowUncontained`.
 */
export async function openLauncher(
  system: SystemFolder,
  trialFolder: string,
  allowUncontained: boolean,
  log: Log,
): Promise<Launcher> {
  const missing = await missingRequirements(searchPath);
  if (missing.length > 0)
    log.warn({ packages: missing.map((each) => each.package) }, 'packages that shells use are missing');
  const without = missing.filter(({ program }) => neededForSandbox.has(program)).map(({ program }) => program);
  let reason = `${without.join(', ')} not found in ${searchPath}`;
  if (without.length === 0) {
    try {
      return await trySandbox(system, trialFolder);
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  if (!allowUncontained) {
    const packages = requirements.filter(({ program }) => neededForSandbox.has(program)).map((each) => each.package);
    throw new HaechiError('shells-not-contained', { reason, packages: packages.join(', ') });
  }
  log.warn({ reason }, 'shells are not contained');
  return new PlainLauncher(system, reason);
}

async function trySandbox(system: SystemFolder, folder: string): Promise<Launcher> {
  const uid = process.getuid?.() === 0 ? 1_900_000_000 : undefined;
  const grounds: Grounds = {
    home: join(folder, 'home'),
    temporary: join(folder, 'tmp'),
    kube: join(folder, 'kube'),
    socket: join(folder, 'socket'),
    uid,
  };
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
  try {
    for (const part of [grounds.home, grounds.temporary, grounds.kube, grounds.socket]) await makePrivate(part, uid);
    return await SandboxLauncher.open(system, grounds);
  } finally {
    await removeTree(folder);
  }
}
