import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  exportImages,
  loadArchive,
  preload,
  type CommandOptions,
} from '../../../server/cluster/kind/images/commands.ts';
import { loadIntoNodes } from '../../../server/cluster/kind/images/load-into-nodes.ts';
import { wantedImages, type WantedImage } from '../../../server/cluster/kind/images/wanted.ts';
import { nodeImage } from '../../../server/cluster/kind/node-image.ts';
import { listNodes } from '../../../server/cluster/kind/nodes.ts';
import { checkTools } from '../../../server/cluster/kind/tools.ts';
import { words } from '../../kind/docker-words.ts';
import { Setting } from '../../kind/setting.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const images: WantedImage[] = [
  { image: 'docker.io/library/busybox:1.37', about: 'apps' },
  { image: 'docker.io/library/nginx:1.29', about: 'web', digest },
  {
    image: 'localhost/haechi/workbench:0.1.0',
    about: 'ours',
    makeContext: (folder) => writeFile(join(folder, 'Dockerfile'), 'FROM scratch'),
  },
];
const names = images.map(({ image }) => image);

let setting: Setting;
let said: string[];
beforeEach(async () => {
  setting = await Setting.open();
  said = [];
});
afterEach(async () => setting.close());

async function commandOptions(): Promise<CommandOptions> {
  const signal = AbortSignal.timeout(15_000);
  return {
    environment: setting.environment,
    signal,
    tools: await checkTools(setting.environment, signal),
    onProgress: (progress) => setting.told.push(progress),
    say: (line) => said.push(line),
  };
}
async function load(): Promise<void> {
  const options = await commandOptions();
  await loadIntoNodes(images, await listNodes(options), options.tools, options, options.onProgress);
}
const did = () => setting.calls.filter((call) => /^(pull|tag|build|image save|kind load)/.test(call));

test('nodes get what one of them lacks: fetched by digest where it is known, built where it is ours', async () => {
  setting.put('haechi-worker');
  await load();
  expect(did()).toEqual([
    'pull --quiet docker.io/library/busybox:1.37',
    expect.stringMatching(
      /^image save --platform linux\/amd64 --output \S+\/image\.tar docker\.io\/library\/busybox:1\.37$/,
    ),
    expect.stringMatching(/^kind load image-archive \S+\/image\.tar --name haechi$/),
    `pull --quiet docker.io/library/nginx@${digest}`,
    `tag docker.io/library/nginx@${digest} docker.io/library/nginx:1.29`,
    expect.stringMatching(/ docker\.io\/library\/nginx:1\.29$/),
    expect.stringMatching(/^kind load/),
    expect.stringMatching(/^build --quiet --tag localhost\/haechi\/workbench:0\.1\.0 \/\S+$/),
    expect.stringMatching(/ localhost\/haechi\/workbench:0\.1\.0$/),
    expect.stringMatching(/^kind load/),
  ]);
  const counts = setting.told.flatMap(({ step, done, total, unit }) =>
    step === 'images' ? [[done, total, unit]] : [],
  );
  expect(counts).toEqual([[undefined, undefined, undefined], ...[0, 1, 2, 3].map((done) => [done, 3, 'images'])]);
});

test('nothing is done where the nodes have all', async () => {
  setting.put('haechi-worker');
  setting.loaded(names);
  await load();
  expect(did()).toEqual([]);
  expect(setting.told).toEqual([]);
});

test('what Docker has is not fetched; before 28 it can’t leave out other platforms', async () => {
  setting.put('haechi-worker');
  setting.loaded(names.slice(1));
  setting.putImage('docker.io/library/busybox:1.37');
  setting.dockerSays({ ServerVersion: '27.5.1' });
  await load();
  expect(did()).toEqual([expect.stringMatching(/^image save --output /), expect.stringMatching(/^kind load/)]);
});

test('an image that can’t be fetched is named, with Docker’s reason', async () => {
  setting.put('haechi-worker');
  setting.fail('pull', words.noNetwork);
  await expect(load()).rejects.toMatchObject({
    code: 'image-unavailable',
    message: expect.stringContaining(
      `The image docker.io/library/busybox:1.37 could not be fetched: ${words.noNetwork} Connect`,
    ) as string,
  });
});

test('what kind fails at loading is not swallowed', async () => {
  setting.put('haechi-worker');
  setting.kindSays('load', 'load-broken');
  await expect(load()).rejects.toThrow(words.contentMissing);
});

test('preload without a cluster has Docker fetch all', async () => {
  await preload(await commandOptions());
  const wanted = await wantedImages();
  for (const { image } of wanted) expect(setting.hasImage(image)).toBe(true);
  expect(said.at(-1)).toBe(`Docker has ${wanted.length} images; the cluster gets them when it is created.`);
});

test('an archive has all images and that of the nodes', async () => {
  const path = join(setting.folder, 'all.tar');
  await exportImages(path, await commandOptions());
  const saved = setting.calls.find((call) => call.startsWith('image save'));
  const [node = ''] = (await nodeImage()).split('@');
  const wanted = (await wantedImages()).map(({ image }) => image);
  expect(saved).toBe(`image save --platform linux/amd64 --output ${path} ${[node, ...wanted].join(' ')}`);
});

test('elsewhere it is loaded without a registry, into Docker and the nodes', async () => {
  const wanted = (await wantedImages())
    .filter(({ makeContext }) => makeContext === undefined)
    .map(({ image }) => image);
  writeFileSync(join(setting.folder, 'archived'), wanted.join('\n'));
  setting.put('haechi-worker');
  setting.fail('pull', words.noNetwork);
  await loadArchive(join(setting.folder, 'archived'), await commandOptions());
  expect(setting.calls.filter((call) => call.startsWith('kind load'))).toHaveLength((await wantedImages()).length);
  await expect(loadArchive('/no/such.tar', await commandOptions())).rejects.toMatchObject({
    code: 'image-archive-missing',
  });
});
