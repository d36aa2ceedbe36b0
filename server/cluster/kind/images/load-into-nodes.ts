import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { beginStep, type OnProgress } from '../../report.ts';
import { clusterName } from '../names.ts';
import type { NodeContainer } from '../nodes.ts';
import { runTool, type ToolOptions } from '../run-tool.ts';
import type { Tools } from '../tools.ts';
import { obtain, save } from './docker-images.ts';
import type { WantedImage } from './wanted.ts';

/** `crictl images --output json`: ListImagesResponse of k8s.io/cri-api. */
const NodeImages = z.looseObject({ images: z.array(z.looseObject({ repoTags: z.array(z.string()).default([]) })) });

/**
 * Gives the cluster's nodes the images that they lack; Docker fetches or builds those that it lacks itself.
 * @throws HaechiError `image-unavailable`; what docker and kind failed at, not explained; the signal's reason
 */
export async function loadIntoNodes(
  images: readonly WantedImage[],
  nodes: readonly NodeContainer[],
  tools: Tools,
  options: ToolOptions,
  onProgress: OnProgress,
): Promise<void> {
  const there = await Promise.all(nodes.map(({ name }) => imagesOf(name, options)));
  const lacking = images.filter(({ image }) => there.some((names) => !names.has(image)));
  if (lacking.length === 0) return;
  const tell = beginStep(onProgress, 'images', {
    ko: '실습 이미지를 노드에 넣기',
    en: 'Loading the labs’ images into the nodes',
  });
  const total = lacking.length;
  const folder = await mkdtemp(join(tmpdir(), 'haechi-images-'));
  try {
    for (const [done, wanted] of lacking.entries()) {
      tell({ done, total, unit: 'images', fraction: done / total });
      await obtain(wanted, options);
      const archive = join(folder, 'image.tar');
      await save([wanted.image], archive, tools, options);
      await runTool('kind', ['load', 'image-archive', archive, '--name', clusterName], options);
    }
    tell({ done: total, total, unit: 'images', fraction: 1 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function imagesOf(node: string, options: ToolOptions): Promise<Set<string>> {
  const answer = await runTool('docker', ['exec', node, 'crictl', 'images', '--output', 'json'], options);
  return new Set(NodeImages.parse(JSON.parse(answer)).images.flatMap(({ repoTags }) => repoTags));
}
