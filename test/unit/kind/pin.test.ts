import { expect, test } from 'vitest';
import { digestOf, pin } from '../../../server/cluster/kind/images/pin.ts';

const one = `sha256:${'1'.repeat(64)}`;
const two = `sha256:${'2'.repeat(64)}`;
const before = `# What each image is.
images:
  - image: docker.io/library/busybox:1.37
    about: apps # in shell
  - image: docker.io/library/nginx:1.29
    digest: ${one}
    about: web
`;

test('digests are written behind their images; an old one is replaced, the rest of the file stays', () => {
  const digests = new Map([
    ['docker.io/library/busybox:1.37', one],
    ['docker.io/library/nginx:1.29', two],
  ]);
  const after = pin(before, digests);
  expect(after).toBe(`# What each image is.
images:
  - image: docker.io/library/busybox:1.37
    digest: ${one}
    about: apps # in shell
  - image: docker.io/library/nginx:1.29
    digest: ${two}
    about: web
`);
  expect(pin(after, digests)).toBe(after);
  expect(pin(before, new Map())).toBe(before);
});

test('a digest is taken from the image’s own registry, by whichever name Docker has for it', () => {
  expect(digestOf('docker.io/library/busybox:1.37', [`busybox@${one}`])).toBe(one);
  expect(digestOf('docker.io/curlimages/curl:8.17.0', [`mirror.example/curl@${two}`, `curlimages/curl@${one}`])).toBe(
    one,
  );
  expect(
    digestOf('registry.k8s.io/e2e-test-images/agnhost:2.53', [`registry.k8s.io/e2e-test-images/agnhost@${two}`]),
  ).toBe(two);
  expect(digestOf('docker.io/library/busybox:1.37', [])).toBeUndefined();
});
