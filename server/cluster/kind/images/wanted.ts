import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadImageCatalogue } from '../../../content/image-catalogue.ts';
import { nodeImage } from '../node-image.ts';
import { rootFolder } from '../names.ts';

/** An image that real nodes have to have. */
export interface WantedImage {
  /** `docker.io/library/busybox:1.37` */
  image: string;
  about: string;
  /** Of its index; undefined while nobody has pinned it. */
  digest?: string | undefined;
  /** The folder of its Dockerfile, for one of our own. */
  folder?: string;
}

export const cataloguePath = join(rootFolder, 'scenarios', 'images.yaml');
const ownFolder = join(rootFolder, 'images');

/** What scenarios/images.yaml lists for real nodes, and our own. */
export async function wantedImages(): Promise<WantedImage[]> {
  const catalogue = await loadImageCatalogue(cataloguePath);
  const listed = catalogue.all().filter(({ preload }) => preload);
  return [...listed.map(({ image, about, digest }) => ({ image, about, digest })), ...(await ownImages())];
}

/** The image that kind makes its nodes of, as `wantedImages` would list it. */
export async function wantedNodeImage(): Promise<WantedImage> {
  const [image = '', digest] = (await nodeImage()).split('@');
  return { image, about: 'A node of the kind cluster', digest };
}

/**
 * Our own, each built from images/<name>/Dockerfile. No registry is called localhost, so none is ever asked for one that
 * has not been loaded.
 */
async function ownImages(): Promise<WantedImage[]> {
  const { version } = JSON.parse(await readFile(join(rootFolder, 'package.json'), 'utf8')) as { version: string };
  const images: WantedImage[] = [];
  for (const name of await namesIn(ownFolder)) {
    const folder = join(ownFolder, name);
    if (!(await namesIn(folder)).includes('Dockerfile')) continue;
    images.push({ image: `localhost/haechi/${name}:${version}`, about: `Built from images/${name}`, folder });
  }
  return images;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
