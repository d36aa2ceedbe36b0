import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openNamespace, type TestNamespace } from './cluster-namespace.ts';

let space: TestNamespace;
let folder: string;

/** Every byte there is, and no text. */
const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7 + (index >> 8)) % 256));

beforeAll(async () => {
  space = await openNamespace('node-copy');
  folder = await mkdtemp(join(tmpdir(), 'haechi-copy-'));
  await space.run('box');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await space.close();
});

test('kubectl cp carries bytes and modes there and back', async () => {
  await writeFile(join(folder, 'bytes'), bytes, { mode: 0o750 });
  expect(await space.kubectl('cp', join(folder, 'bytes'), 'box:/tmp/bytes')).toMatchObject({ code: 0, stderr: '' });
  expect((await space.kubectl('exec', 'box', '--', 'ls', '-l', '/tmp/bytes')).stdout).toMatch(/^-rwxr-x--- .* 100000 /);
  const back = await space.kubectl('cp', 'box:/tmp/bytes', join(folder, 'back'));
  expect(back).toMatchObject({ code: 0, stderr: '' });
  expect(back.stdout).toBe("tar: removing leading '/' from member names\n");
  expect((await readFile(join(folder, 'back'))).equals(bytes)).toBe(true);
});

test('kubectl cp takes folders, and names below them', async () => {
  await space.kubectl('exec', 'box', '--', 'sh', '-c', 'mkdir -p /tmp/a/b; echo 해치 >/tmp/a/b/c; echo d >/tmp/a/d');
  expect((await space.kubectl('cp', 'box:/tmp/a', join(folder, 'a'))).code).toBe(0);
  expect(await readFile(join(folder, 'a', 'b', 'c'), 'utf8')).toBe('해치\n');
  expect((await space.kubectl('cp', join(folder, 'a'), 'box:/tmp/again')).code).toBe(0);
  expect((await space.kubectl('exec', 'box', '--', 'cat', '/tmp/again/b/c', '/tmp/again/d')).stdout).toBe('해치\nd\n');
});

test('kubectl exec passes bytes on as they are', async () => {
  await space.kubectl('exec', 'box', '--', 'sh', '-c', 'echo /wCA | base64 -d >/tmp/few');
  expect((await space.kubectl('exec', 'box', '--', 'sh', '-c', 'base64 /tmp/few')).stdout).toBe('/wCA\n');
  expect(
    (
      await space.kubectl.feed('\u00e9\0', 'exec', '-i', 'box', '--', 'sh', '-c', 'cat >/tmp/fed; wc -c </tmp/fed')
    ).stdout.trim(),
  ).toBe('3');
});

test("an image without tar can't be copied from, in a real node's words", async () => {
  await space.run('bare', { image: 'registry.k8s.io/pause:3.10', command: undefined });
  const { code, stderr } = await space.kubectl('cp', 'bare:/etc', join(folder, 'etc'));
  expect(code).not.toBe(0);
  expect(stderr).toContain('exec: "tar": executable file not found in $PATH');
});
