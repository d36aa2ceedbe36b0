import { join } from 'node:path';
import { loadImageCatalogue } from '../../../content/image-catalogue.ts';
import { makeNodeNetworkContext, nodeNetworkImage } from '../../existing/node-network/image.ts';
import { nodeImage } from '../node-image.ts';
import { rootFolder } from '../names.ts';
import type { ToolOptions } from '../run-tool.ts';
import { workbench } from './workbench.ts';

/** An image that real nodes have to have. */
export interface WantedImage {
  /** `docker.io/library/busybox:1.37` */
  image: string;
  about: string;
  /** Of its index; undefined while nobody has pinned it. */
  digest?: string | undefined;
  /** For one of our own: makes the folder that it is built from, with its Dockerfile. */
  makeContext?: (folder: string, options: ToolOptions) => Promise<void>;
}

export const cataloguePath = join(rootFolder, 'scenarios', 'images.yaml');

/**
 * What scenarios/images.yaml lists for real nodes, and our own. No registry is called localhost, so none is asked for one of
 * ours that has not been loaded.
 */
export async function wantedImages(): Promise<WantedImage[]> {
  const catalogue = await loadImageCatalogue(cataloguePath);
  const listed = catalogue.all().filter(({ preload }) => preload);
  return [...listed.map(({ image, about, digest }) => ({ image, about, digest })), await workbench(), await rules()];
}

async function rules(): Promise<WantedImage> {
  return {
    image: await nodeNetworkImage(),
    about: 'What keeps lab pods from their nodes and each other, built here',
    makeContext: makeNodeNetworkContext,
  };
}

/** The image that kind makes its nodes of, as `wantedImages` would list it. */
export async function wantedNodeImage(): Promise<WantedImage> {
  const [image = '', digest] = (await nodeImage()).split('@');
  return { image, about: 'A node of the kind cluster', digest };
}
