import type { Dirent } from 'node:fs';
import { chmod, chown, mkdir, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes a folder that only its user can enter. @param uid its user; this process' own where it is undefined. */
export async function makePrivate(folder: string, uid: number | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (uid !== undefined) await chown(folder, uid, uid);
}

/**
 * Deletes a folder that a learner could write, whatever permissions they gave to what is in it. Nothing may be running
 * in it any more. Symbolic links are deleted, not followed.
 */
export async function removeTree(folder: string): Promise<void> {
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 40 });
  try {
    await remove();
  } catch (error) {
    if (!isNodeError(error) || (error.code !== 'EACCES' && error.code !== 'EPERM' && error.code !== 'ENOTEMPTY'))
      throw error;
    await openUp(folder);
    await remove();
  }
}

async function openUp(folder: string): Promise<void> {
  // The removal that failed may still be at work on the rest.
  await chmod(folder, 0o700).catch((error: unknown) => {
    if (!isNodeError(error) || error.code !== 'ENOENT') throw error;
  });
  for await (const entry of entriesOf(folder)) if (entry.isDirectory()) await openUp(join(folder, entry.name));
}

/**
 * Bytes on disk and number of everything in a folder. Stops counting at `atMost` entries. What vanishes while it is
 * counted, or can't be read, counts as nothing.
 */
export async function measureTree(
  folder: string,
  sizeOf: (path: string) => Promise<number>,
  atMost: number,
): Promise<{ bytes: number; entries: number }> {
  const total = { bytes: 0, entries: 0 };
  const walk = async (path: string): Promise<void> => {
    for await (const entry of entriesOf(path)) {
      if (++total.entries > atMost) return;
      const child = join(path, entry.name);
      total.bytes += await sizeOf(child);
      if (entry.isDirectory()) await walk(child);
    }
  };
  await walk(folder);
  return total;
}

async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder);
  } catch (error) {
    if (!isNodeError(error) || (error.code !== 'ENOENT' && error.code !== 'EACCES')) throw error;
  }
}

export function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
