import { resolve } from 'node:path';
import { explain } from '../explain.ts';
import { checkTools } from '../tools.ts';
import { exportImages, loadArchive, pinImages, preload, type CommandOptions } from './commands.ts';
import { wantedImages } from './wanted.ts';

const usage = `npm run images -- list            what there is, and whether it is pinned by a digest
npm run images -- preload         fetches and builds all, and loads them into the kind cluster
npm run images -- export [FILE]   writes all into one archive (haechi-images.tar), for a class without internet
npm run images -- load FILE       loads such an archive into Docker and the kind cluster
npm run images -- pin             writes the digests that the registries give into scenarios/images.yaml
`;

/** `npm run images`: the images that scenarios use. */
async function main([command, file]: readonly string[]): Promise<void> {
  if (command === 'list') {
    const lines = (await wantedImages()).map(
      ({ image, digest, about }) => `${image}\n    ${about}\n    ${digest ?? 'not pinned by a digest'}\n`,
    );
    process.stdout.write(lines.join(''));
    return;
  }
  const run = commandOf(command, file);
  if (!run) {
    process.stderr.write(usage);
    process.exitCode = 2;
    return;
  }
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  const say = (line: string) => process.stdout.write(`${line}\n`);
  try {
    await run({
      environment: process.env,
      signal: abort.signal,
      tools: await checkTools(process.env, abort.signal),
      onProgress: ({ title, done, total }) => {
        if (done !== undefined) say(`${title.en}: ${done} of ${total ?? '?'}`);
      },
      say,
    });
  } catch (error) {
    throw explain(error);
  }
}

function commandOf(command = '', file?: string): ((options: CommandOptions) => Promise<void>) | undefined {
  switch (command) {
    case 'preload':
      return preload;
    case 'export':
      return (options) => exportImages(resolve(file ?? 'haechi-images.tar'), options);
    case 'load':
      return file === undefined ? undefined : (options) => loadArchive(resolve(file), options);
    case 'pin':
      return pinImages;
    default:
      return undefined;
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
