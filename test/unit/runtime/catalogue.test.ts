import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fullName, loadImageCatalogue } from '../../../server/content/image-catalogue.ts';

test.each([
  ['busybox:1.37', 'docker.io/library/busybox:1.37'],
  ['nginx', 'docker.io/library/nginx:latest'],
  ['nginxinc/nginx-unprivileged:1.29', 'docker.io/nginxinc/nginx-unprivileged:1.29'],
  ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
  ['localhost:5000/app', 'localhost:5000/app:latest'],
])('%s is %s', (image, name) => {
  expect(fullName(image)).toBe(name);
});

test('what is wrong with a catalogue is named with its line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'haechi-images-'));
  const file = join(folder, 'images.yaml');
  await writeFile(
    file,
    'images:\n  - image: docker.io/library/busybox:1.37\n    about: a\n    bytes: 0\n    user: {uid: 0, gid: 0}\n    shell: true\n',
  );
  await expect(loadImageCatalogue(file)).rejects.toThrow(
    'scenarios/images.yaml:4: images.0.bytes: Too small: expected number to be >=1',
  );
  await rm(folder, { recursive: true });
});
