import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { programNames } from '../../../../server/cluster/embedded/program-names.ts';
import { contentOf, digest, etcdPath, pathOf } from './mirror.ts';
import { openSetting, type Setting } from './setting.ts';

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
});
afterEach(async () => setting.close());

test('the release files are fetched, checked and executable, and nothing else is left', async () => {
  const programs = await setting.find();
  for (const name of programNames) {
    expect(programs[name]).toBe(join(setting.cache, name));
    expect(await readFile(programs[name], 'utf8')).toBe(contentOf(name));
    expect((await stat(programs[name])).mode & 0o777).toBe(0o755);
  }
  expect(await setting.cached()).toEqual([...programNames].toSorted());
  expect(setting.go.builds).toBe(0);
});

test('each file is a step with its bytes, of how many, the fraction and its beginning', async () => {
  await setting.find();
  expect([...new Set(setting.told.map(({ step }) => step))]).toEqual(programNames.map((name) => `download-${name}`));
  const length = contentOf('kubectl').length;
  const last = setting.told.findLast(({ step }) => step === 'download-kubectl');
  expect(last).toEqual({
    step: 'download-kubectl',
    title: { ko: 'kubectl 내려받기', en: 'Downloading kubectl' },
    fraction: 1,
    done: length,
    total: length,
    unit: 'bytes',
    startedAt: expect.any(String) as string,
  });
  expect(Math.abs(Date.now() - Date.parse(last?.startedAt ?? ''))).toBeLessThan(15_000);
});

test('the second start asks nobody', async () => {
  await setting.find();
  const asked = setting.mirror.asked.length;
  await setting.find();
  expect(setting.mirror.asked).toHaveLength(asked);
});

test('a file with another SHA-256 is refused and never kept', async () => {
  const path = pathOf('kube-apiserver');
  const right = digest(Buffer.from(contentOf('kube-apiserver')));
  const other = Buffer.from('#!/bin/sh\necho somebody else\n');
  setting.mirror.files.set(path, other);
  await expect(setting.find({ go: [] })).rejects.toThrow(
    `Download: ${setting.mirror.url}${path} has the SHA-256 ${digest(other)}, not ${right} as its publisher says. `,
  );
  expect(await setting.cached()).toEqual(['etcd']);
});

test('an archive of etcd with another SHA-256 is refused before it is unpacked', async () => {
  const right = digest(setting.mirror.files.get(etcdPath) ?? Buffer.alloc(0));
  const other = Buffer.from('not an archive');
  setting.mirror.files.set(etcdPath, other);
  await expect(setting.find({ go: [] })).rejects.toThrow(
    `Download: ${setting.mirror.url}${etcdPath} has the SHA-256 ${digest(other)}, not ${right} as its publisher says. `,
  );
  expect(await setting.cached()).toEqual([]);
});

test('a page in place of a SHA-256 is named', async () => {
  const path = `${pathOf('kubectl')}.sha256`;
  setting.mirror.files.set(path, Buffer.from('<html>Log in to the hotel</html>'));
  await expect(setting.find({ go: [] })).rejects.toThrow(
    `Download: ${setting.mirror.url}${path} has no SHA-256 but "<html>Log in to the hotel</html>". `,
  );
});

test('a file that the mirror does not have is named with the answer', async () => {
  setting.mirror.files.delete(`${pathOf('kubectl')}.sha256`);
  await expect(setting.find({ go: [] })).rejects.toThrow(
    `Download: ${setting.mirror.url}${pathOf('kubectl')}.sha256 answered 404. `,
  );
});

test('a connection that breaks is gone on with at once', async () => {
  const path = pathOf('kube-apiserver');
  setting.mirror.breakAfter.set(path, 200_000);
  await setting.find();
  expect(setting.mirror.ranges(path)).toEqual([undefined, 'bytes=200000-']);
  expect(await readFile(join(setting.cache, 'kube-apiserver'), 'utf8')).toBe(contentOf('kube-apiserver'));
});

test('one that breaks again and again is gone on with at the next start, and half a file is never used', async () => {
  const path = pathOf('kube-apiserver');
  setting.mirror.breakAfter.set(path, 50_000);
  await expect(setting.find({ go: [] })).rejects.toThrow(
    `Download: ${setting.mirror.url}${path} broke off after 150000 bytes: other side closed. `,
  );
  expect(await setting.cached()).toEqual(['etcd', 'kube-apiserver.download.part']);

  setting.mirror.breakAfter.clear();
  setting.mirror.asked.length = 0;
  setting.told.length = 0;
  await setting.find();
  expect(setting.mirror.ranges(path)).toEqual(['bytes=150000-']);
  expect(setting.mirror.ranges(etcdPath)).toEqual([]);
  const first = setting.told.find(({ step, done }) => step === 'download-kube-apiserver' && done !== undefined);
  expect(first?.done).toBeGreaterThan(150_000);
  expect(first?.total).toBe(contentOf('kube-apiserver').length);
  expect(await readFile(join(setting.cache, 'kube-apiserver'), 'utf8')).toBe(contentOf('kube-apiserver'));
});

test('a download that is stopped ends at once, with the reason, and goes on at the next start', async () => {
  const path = pathOf('kubectl');
  setting.mirror.stall.add(path);
  const stopping = new AbortController();
  const finding = setting.find({}, stopping.signal);
  await expect.poll(() => setting.told.at(-1)?.done).toBe(1000);
  stopping.abort(new Error('stopped'));
  await expect(finding).rejects.toThrow('stopped');
  setting.mirror.stall.clear();
  await setting.find();
  expect(setting.mirror.ranges(path)).toEqual([undefined, 'bytes=1000-']);
  expect(setting.go.builds).toBe(0);
});

test('what an older release left of a file is not mixed into this one', async () => {
  const path = pathOf('kubectl');
  setting.mirror.files.set(path, Buffer.alloc(contentOf('kubectl').length, 'x'));
  setting.mirror.breakAfter.set(path, 50_000);
  await expect(setting.find({ go: [] })).rejects.toThrow('broke off after 150000 bytes');
  setting.mirror.files.set(path, Buffer.from(contentOf('kubectl')));
  setting.mirror.breakAfter.clear();
  setting.mirror.asked.length = 0;
  await setting.find();
  expect(setting.mirror.ranges(path)).toEqual(['bytes=150000-', undefined]);
  expect(await readFile(join(setting.cache, 'kubectl'), 'utf8')).toBe(contentOf('kubectl'));
});
