import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { configPath } from './names.ts';

const KindConfig = z.looseObject({ nodes: z.array(z.looseObject({ image: z.string() })).min(1) });

/** The image of kind-config.yaml's nodes, with its digest. */
export async function nodeImage(): Promise<string> {
  const [node] = KindConfig.parse(parse(await readFile(configPath, 'utf8'))).nodes;
  if (!node) throw new Error(`${configPath} has no nodes`);
  return node.image;
}
