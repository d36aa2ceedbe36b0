import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { findByEnvironment, identify, isAlive, terminate, type ProcessIdentity } from './process-identity.ts';

/** Set for every component, with the folder it works for, so that a later start finds what an earlier one left. */
export const ownerVariable = 'HAECHI_CONTROL_PLANE';

/** Notes a process that was just started, with its start time, so that its number is never taken for another's. */
export function noteProcess(folder: string, name: string, pid: number): void {
  const identity = identify(pid);
  if (!identity) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, `${name}.pid`), JSON.stringify(identity), { mode: 0o600 });
}

export function forgetProcess(folder: string, name: string): void {
  rmSync(join(folder, `${name}.pid`), { force: true });
}

/**
 * Ends the processes that an earlier platform process left running when it was killed. The caller must hold the lock
 * of the data folder: whoever runs for it now has no owner any more.
 * @param pidFolder what `noteProcess` wrote to
 * @param owner the value of `ownerVariable`
 * @returns how many there were
 */
export async function clearLeftovers(pidFolder: string, owner: string, log: Log): Promise<number> {
  const found = new Map<number, ProcessIdentity>();
  for (const identity of [...readNotes(pidFolder), ...findByEnvironment(allPids(), ownerVariable, owner)]) {
    if (identity.pid !== process.pid && isAlive(identity)) found.set(identity.pid, identity);
  }
  await Promise.all(
    [...found.values()].map(async (identity) => {
      log.warn({ pid: identity.pid }, 'ending a process that an earlier run left');
      await terminate(identity, 1500);
    }),
  );
  rmSync(pidFolder, { recursive: true, force: true });
  return found.size;
}

function readNotes(folder: string): ProcessIdentity[] {
  return list(folder).flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(folder, name), 'utf8')) as ProcessIdentity];
    } catch {
      // Half-written when the platform was killed; the environment tells, too.
      return [];
    }
  });
}

function allPids(): number[] {
  return list('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
