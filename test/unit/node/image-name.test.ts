import { expect, test } from 'vitest';
import { imageNameProblem } from '../../../server/cluster/embedded/node/image-name.ts';

test.each([
  'nginx',
  'nginx:1.29',
  'library/nginx:1.29',
  'docker.io/nginx',
  'localhost/shop/api:2',
  'registry.example.com:5000/a/b_c/d-e:v1.0@sha256:' + 'a'.repeat(64),
])('%s is a name', (name) => {
  expect(imageNameProblem(name)).toBeUndefined();
});

test.each([
  ['Nginx:1.29', 'invalid reference format: repository name (library/Nginx) must be lowercase'],
  ['docker.io/library/Nginx', 'invalid reference format: repository name (library/Nginx) must be lowercase'],
  ['nginx:1.29:2', 'invalid reference format'],
  ['nginx:', 'invalid reference format'],
  ['nginx latest', 'invalid reference format'],
  ['a//b', 'invalid reference format'],
])('%s is none', (name, problem) => {
  const quoted = JSON.stringify(name);
  expect(imageNameProblem(name)).toBe(
    `Failed to apply default image tag ${quoted}: couldn't parse image name ${quoted}: ${problem}`,
  );
});
