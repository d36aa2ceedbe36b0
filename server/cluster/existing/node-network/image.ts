import { createHash } from 'node:crypto';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const recipe = join(import.meta.dirname, '..', '..', '..', '..', 'images', 'node-network');

/**
 * The image's name. Its tag follows from all that goes into it; no registry has it: it is loaded, or pushed to one of the class' own
 * under another name.
 */
export async function nodeNetworkImage(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(recipe)).sort())
    hash.update(`\0${name}\0`).update(await readFile(join(recipe, name)));
  return `localhost/haechi/node-network:${hash.digest('hex').slice(0, 12)}`;
}

/** Makes the folder that the image is built from. */
export async function makeNodeNetworkContext(folder: string): Promise<void> {
  await cp(recipe, folder, { recursive: true });
}
