import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explain } from '../explain.ts';
import { runTool, ToolError, type ToolOptions } from '../run-tool.ts';
import type { Tools } from '../tools.ts';
import { HaechiError } from '../../../errors.ts';
import type { WantedImage } from './wanted.ts';

/** Whether Docker has an image. */
export async function has(image: string, options: ToolOptions): Promise<boolean> {
  try {
    await runTool('docker', ['image', 'inspect', '--format', '{{.Id}}', image], options);
    return true;
  } catch (error) {
    if (error instanceof ToolError && /no such image/i.test(error.output)) return false;
    throw error;
  }
}

/**
 * Gets an image that Docker lacks: builds one of our own, fetches another, by its digest where that is known, and under its tag.
 * @throws HaechiError `image-unavailable`; what `explain` makes of other failures; the signal's reason
 */
export async function obtain({ image, digest, makeContext }: WantedImage, options: ToolOptions): Promise<void> {
  if (await has(image, options)) return;
  if (makeContext) {
    await build(image, makeContext, options);
    return;
  }
  const pinned = digest === undefined ? image : `${withoutTag(image)}@${digest}`;
  try {
    await runTool('docker', ['pull', '--quiet', pinned], options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof ToolError)) throw error;
    const explained = explain(error);
    if (explained instanceof HaechiError && explained.code !== 'tool-failed') throw explained;
    const words = error.output.trim().split('\n').at(-1) ?? '';
    throw new HaechiError('image-unavailable', { image, words }, { cause: error });
  }
  if (digest !== undefined) await runTool('docker', ['tag', pinned, image], options);
}

async function build(
  image: string,
  makeContext: NonNullable<WantedImage['makeContext']>,
  options: ToolOptions,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'haechi-build-'));
  try {
    await makeContext(folder, options);
    await runTool('docker', ['build', '--quiet', '--tag', image, folder], options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Writes images into one archive. From 28 on Docker can be told to leave out the other platforms, of which it has no more
 * than the names: what takes an archive in would look for them in vain (kubernetes-sigs/kind#3795).
 */
export async function save(
  images: readonly string[],
  path: string,
  tools: Pick<Tools, 'dockerVersion' | 'platform'>,
  options: ToolOptions,
): Promise<void> {
  const platform = Number.parseInt(tools.dockerVersion) >= 28 ? ['--platform', tools.platform] : [];
  await runTool('docker', ['image', 'save', ...platform, '--output', path, ...images], options);
}

export function withoutTag(image: string): string {
  return image.replace(/:[^:/]+$/, '');
}
