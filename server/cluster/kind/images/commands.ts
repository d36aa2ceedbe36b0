import { access, constants, readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { HaechiError } from '../../../errors.ts';
import type { OnProgress } from '../../report.ts';
import { listNodes } from '../nodes.ts';
import { runTool, type ToolOptions } from '../run-tool.ts';
import type { Tools } from '../tools.ts';
import { obtain, save } from './docker-images.ts';
import { loadIntoNodes } from './load-into-nodes.ts';
import { digestOf, pin } from './pin.ts';
import { cataloguePath, wantedImages, wantedNodeImage } from './wanted.ts';

export interface CommandOptions extends ToolOptions {
  tools: Tools;
  onProgress: OnProgress;
  say: (line: string) => void;
}

/** Fetches and builds all images, and loads them into the cluster's nodes if there is a cluster. */
export async function preload(options: CommandOptions): Promise<void> {
  const images = await wantedImages();
  const nodes = await listNodes(options);
  if (nodes.length > 0) {
    await loadIntoNodes(images, nodes, options.tools, options, options.onProgress);
    options.say(`${nodes.map(({ name }) => name).join(', ')} have ${images.length} images.`);
    return;
  }
  for (const image of images) {
    options.say(image.image);
    await obtain(image, options);
  }
  options.say(`Docker has ${images.length} images; the cluster gets them when it is created.`);
}

/** Writes all images into one archive, that of the nodes too: for a class without internet. */
export async function exportImages(path: string, options: CommandOptions): Promise<void> {
  const images = [await wantedNodeImage(), ...(await wantedImages())];
  for (const image of images) {
    options.say(image.image);
    await obtain(image, options);
  }
  const names = images.map(({ image }) => image);
  await save(names, path, options.tools, options);
  options.say(`${path} has ${names.length} images. Elsewhere: npm run images -- load ${path}`);
}

/**
 * Loads an archive into Docker, and into the cluster's nodes if there is a cluster.
 * @throws HaechiError `image-archive-missing`
 */
export async function loadArchive(path: string, options: CommandOptions): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HaechiError('image-archive-missing', { path, reason }, { cause: error });
  }
  await runTool('docker', ['image', 'load', '--quiet', '--input', path], options);
  const nodes = await listNodes(options);
  if (nodes.length > 0) {
    await loadIntoNodes(await wantedImages(), nodes, options.tools, options, options.onProgress);
  }
  const where = nodes.length > 0 ? ' and the nodes have' : ' has';
  options.say(`Docker${where} the images of ${path}.`);
}

const RepoDigests = z.array(z.string()).nullable();

/** Fetches each image by its tag and writes the digest that its registry gave into scenarios/images.yaml. */
export async function pinImages(options: CommandOptions): Promise<void> {
  const digests = new Map<string, string>();
  for (const { image, makeContext } of await wantedImages()) {
    if (makeContext) continue;
    await obtain({ image, about: '' }, options);
    const answer = await runTool('docker', ['image', 'inspect', '--format', '{{json .RepoDigests}}', image], options);
    const digest = digestOf(image, RepoDigests.parse(JSON.parse(answer)) ?? []);
    if (digest === undefined) options.say(`${image}: Docker has it, but from no registry; not pinned`);
    else {
      digests.set(image, digest);
      options.say(`${image} ${digest}`);
    }
  }
  await writeFile(cataloguePath, pin(await readFile(cataloguePath, 'utf8'), digests));
}
