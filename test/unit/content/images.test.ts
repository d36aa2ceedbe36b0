import { readFileSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fullName, loadImageCatalogue } from '../../../server/content/image-catalogue.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** Everything that a YAML file, a script or a guide names as an image. */
function imagesIn(text: string): string[] {
  return [...text.matchAll(/(?:\bimage:|--image[= ]|kubectl set image \S+ \S+=)\s*["']?([\w./:@-]+)/g)].map(
    ([, image = '']) => image,
  );
}

test('no scenario and no lab names an image that scenarios/images.yaml doesn’t list', async () => {
  const catalogue = await loadImageCatalogue(join(root, 'scenarios', 'images.yaml'));
  const files = globSync(['scenarios/*/**/*', 'labs/**/*.{yaml,sh,md}'], { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const named = files.flatMap((file) => imagesIn(readFileSync(file, 'utf8')).map((image) => ({ file, image })));
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ image }) => catalogue.find(image) === undefined)).toEqual([]);
});

test('each is listed with a tag that is not latest, and once', async () => {
  const names = (await loadImageCatalogue(join(root, 'scenarios', 'images.yaml'))).names();
  for (const name of names) {
    expect(name).toBe(fullName(name));
    expect(name).not.toMatch(/:latest$/);
  }
  const text = readFileSync(join(root, 'scenarios', 'images.yaml'), 'utf8');
  expect(text.match(/^ {2}- image: /gm)).toHaveLength(names.length);
});

test('images are found in YAML, in commands and with registries', () => {
  expect(
    imagesIn(`containers: [{ image: 'busybox:1.37' }]
      image: registry.example:5000/a/b@sha256:00
      kubectl run x --image=nginx:1.29 --rm
      kubectl set image deployment/web web=nginx:1.28`),
  ).toEqual(['busybox:1.37', 'registry.example:5000/a/b@sha256:00', 'nginx:1.29', 'nginx:1.28']);
});
