import { z } from 'zod';
import type { Volume } from './volume.ts';

/** A path of a volume, its top included: a file has content, a link a target, a folder neither. */
const VolumeEntry = z.strictObject({
  path: z.string().startsWith('/'),
  /** As the filesystem has it: permission bits, and when it was changed, in milliseconds. */
  bits: z.int(),
  changedAt: z.number(),
  owner: z.strictObject({ uid: z.int(), gid: z.int(), mode: z.int().optional() }),
  content: z.base64().optional(),
  target: z.string().optional(),
});
type VolumeEntry = z.infer<typeof VolumeEntry>;

/** All that a volume holds, folders before what is in them. */
export const VolumeFiles = z.array(VolumeEntry);
export type VolumeFiles = z.infer<typeof VolumeFiles>;

/** What a volume holds now. What comes or goes meanwhile may be in it or not. */
export async function filesOf(volume: Volume): Promise<VolumeFiles> {
  const entries = await Promise.all(pathsOf(volume).map((path) => entryOf(volume, path)));
  return entries.filter((entry) => entry !== undefined);
}

/** Another text after each change of what a volume holds, made without reading its files. */
export async function fingerprintOf({ fs, owners, ...volume }: Volume): Promise<string> {
  const lines = pathsOf({ fs, ...volume }).map(async (path) => {
    const stat = await fs.lstat(path).catch(() => undefined);
    return JSON.stringify([path, stat?.mode, stat?.size, stat?.mtime.getTime(), owners.of(path)]);
  });
  return (await Promise.all(lines)).join('\n');
}

/** Puts files into a volume that is empty. */
export async function fill({ fs, owners }: Volume, files: VolumeFiles): Promise<void> {
  for (const { path, bits, changedAt, owner, content, target } of files) {
    owners.set(path, owner);
    if (target !== undefined) {
      await fs.symlink(target, path);
      continue;
    }
    if (content !== undefined) await fs.writeFile(path, Uint8Array.from(Buffer.from(content, 'base64')));
    else if (path !== '/') await fs.mkdir(path);
    if (path !== '/') await fs.chmod(path, bits);
    await fs.utimes(path, new Date(changedAt), new Date(changedAt));
  }
}

function pathsOf({ fs }: Pick<Volume, 'fs'>): string[] {
  return fs.getAllPaths().toSorted();
}

async function entryOf({ fs, owners }: Volume, path: string): Promise<VolumeEntry | undefined> {
  try {
    const stat = await fs.lstat(path);
    const entry = { path, bits: stat.mode, changedAt: stat.mtime.getTime(), owner: owners.of(path) };
    if (stat.isSymbolicLink) return { ...entry, target: await fs.readlink(path) };
    if (stat.isDirectory) return entry;
    return { ...entry, content: Buffer.from(await fs.readFileBuffer(path)).toString('base64') };
  } catch {
    return undefined; // It has just gone.
  }
}
