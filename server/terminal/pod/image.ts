import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kubernetesVersion } from '../../cluster/embedded/program-names.ts';
import packages from '../packages.json' with { type: 'json' };

const recipe = join(import.meta.dirname, '..', '..', '..', 'images', 'workbench');
const system = join(import.meta.dirname, '..', 'system');

/** Debian's packages in a workbench. */
const contents = packages.filter(({ place }) => place !== 'sandbox').map((each) => each.package);

/**
 * The image's name. Its tag follows from all that goes into it, so that an older one is never taken for it, and no registry
 * has it: it is loaded, or pushed to one of the class' own under another name.
 */
export async function workbenchImage(): Promise<string> {
  const hash = createHash('sha256').update(contents.join(' '));
  for (const folder of [recipe, system]) {
    for (const name of (await readdir(folder)).sort())
      hash.update(`\0${name}\0`).update(await readFile(join(folder, name)));
  }
  return `localhost/haechi/workbench:${kubernetesVersion}-${hash.digest('hex').slice(0, 12)}`;
}

/** Makes the folder that the image is built from. @param kubectl path of the program, for the node's system. */
export async function makeImageContext(folder: string, kubectl: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(recipe, folder, { recursive: true });
  await cp(system, join(folder, 'system'), { recursive: true });
  await copyFile(kubectl, join(folder, 'kubectl'));
  await writeFile(join(folder, 'packages'), `${contents.join('\n')}\n`);
}
