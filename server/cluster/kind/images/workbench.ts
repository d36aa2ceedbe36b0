import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeImageContext, workbenchImage } from '../../../terminal/pod/image.ts';
import { cacheFolder } from '../../embedded/cache-folder.ts';
import { downloadPrograms } from '../../embedded/download-programs.ts';
import { lookInto } from '../../embedded/programs.ts';
import type { ToolOptions } from '../run-tool.ts';
import type { WantedImage } from './wanted.ts';

/** The image that terminals run in. */
export async function workbench(): Promise<WantedImage> {
  return { image: await workbenchImage(), about: 'Where the terminals run, built here', makeContext };
}

/** The nodes run Linux, whatever this machine does: the kubectl of its cache does only on Linux, else there is the release's. */
async function makeContext(folder: string, { environment, signal }: ToolOptions): Promise<void> {
  const cached = await lookInto(await cacheFolder(environment), ['kubectl']);
  if (process.platform === 'linux' && cached.missing.length === 0) {
    await makeImageContext(folder, cached.programs.kubectl);
    return;
  }
  const download = await mkdtemp(join(tmpdir(), 'haechi-kubectl-'));
  try {
    const mirror = environment['HAECHI_MIRROR'];
    const onProgress = () => undefined;
    await downloadPrograms({
      folder: download,
      names: ['kubectl'],
      platform: 'linux',
      mirror,
      environment,
      signal,
      onProgress,
    });
    await makeImageContext(folder, join(download, 'kubectl'));
  } finally {
    await rm(download, { recursive: true, force: true });
  }
}
