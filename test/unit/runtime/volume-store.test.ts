import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VolumeStore } from '../../../server/cluster/embedded/node/runtime/volume-store.ts';

const setup = { name: 'data', kind: 'persistentVolumeClaim', storage: 'pv', sizeLimit: 2048 } as const;
let folder: string;
let said: string;
let there: Set<string>;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-storage-'));
  said = '';
  there = new Set(['pv']);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = () =>
  VolumeStore.open({
    folder,
    log: pino({ level: 'info' }, { write: (line: string) => (said += line) }),
    exists: (name) => there.has(name),
  });

test('what a volume holds is there after a restart: folders, files, links, owners, bits, times', async () => {
  const before = await open();
  const volume = before.volume('pv', { ...setup, fsGroup: 2000 });
  await volume.fs.mkdir('/a');
  await volume.fs.writeFile('/a/file', new Uint8Array([0, 255, 10]));
  await volume.fs.chmod('/a/file', 0o640);
  await volume.fs.utimes('/a/file', new Date(1e12), new Date(1e12));
  volume.owners.set('/a/file', { uid: 1000, gid: 2000, mode: 0o600 });
  await volume.fs.symlink('a/file', '/link');
  await before.close();

  const again = await open();
  const { fs, owners, sizeLimit, usage } = again.volume('pv', setup);
  await again.close();
  expect(fs.getAllPaths().toSorted()).toEqual(['/', '/a', '/a/file', '/link']);
  expect(await fs.readFileBuffer('/link')).toEqual(new Uint8Array([0, 255, 10]));
  expect(await fs.readlink('/link')).toBe('a/file');
  expect(await fs.stat('/a/file')).toMatchObject({ mode: 0o640, mtime: new Date(1e12) });
  expect(owners.of('/a/file')).toEqual({ uid: 1000, gid: 2000, mode: 0o600 });
  expect(owners.of('/')).toEqual({ uid: 0, gid: 2000, mode: 0o2777 });
  expect(sizeLimit).toBe(2048);
  expect(usage.bytes).toBeGreaterThan(3);
});

test('only what has changed is written again', async () => {
  const storage = await open();
  const { fs } = storage.volume('pv', setup);
  await fs.writeFile('/file', 'one');
  await storage.save();
  await rm(join(folder, 'pv.json'));
  await storage.save();
  expect(await readdir(folder)).toEqual([]);
  await fs.writeFile('/file', 'three');
  await storage.save();
  expect(await readdir(folder)).toEqual(['pv.json']);
  await storage.close();
});

test('what is removed is forgotten, now or at the next start', async () => {
  const storage = await open();
  there.add('other');
  for (const name of there) await storage.volume(name, setup).fs.writeFile('/file', name);
  await storage.save();
  storage.remove('pv');
  await storage.close();
  expect(await readdir(folder)).toEqual(['other.json']);
  there.clear();
  await (await open()).close();
  expect(await readdir(folder)).toEqual([]);
});

test('a file that can’t be read is told of, and lost only when something is written in its place', async () => {
  await writeFile(join(folder, 'pv.json'), '[{"path": "relative"}]');
  const storage = await open();
  expect(said).toContain('what a PersistentVolume held can not be read; it begins empty');
  await storage.close();
  expect(await readdir(folder)).toEqual(['pv.json']);
});
