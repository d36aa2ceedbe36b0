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
  /** For one of our own: makes the folder that it is built from, with its Dockerfile. */
  makeContext?: (folder: string) => Promise<void>;
}

/**
 * Our own. No registry is called localhost, so none is asked for one that has not been loaded; the tag of each follows from
 * what goes into it, so that an older one is never taken for it.
 */
const ownImages: readonly WantedImage[] = [];

export const cataloguePath = join(rootFolder, 'scenarios', 'images.yaml');

/** What scenarios/images.yaml lists for real nodes, and our own. */
export async function wantedImages(): Promise<WantedImage[]> {
  const catalogue = await loadImageCatalogue(cataloguePath);
  const listed = catalogue.all().filter(({ preload }) => preload);
  return [...listed.map(({ image, about, digest }) => ({ image, about, digest })), ...ownImages];
}

/** The image that kind makes its nodes of, as `wantedImages` would list it. */
export async function wantedNodeImage(): Promise<WantedImage> {
  const [image = '', digest] = (await nodeImage()).split('@');
  return { image, about: 'A node of the kind cluster', digest };
}
