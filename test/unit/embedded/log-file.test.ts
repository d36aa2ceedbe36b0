import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogFile } from '../../../server/cluster/embedded/log-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haechi-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a full file makes place for a new one; only the last full one is kept', () => {
  const path = join(folder, 'logs', 'etcd.log');
  const log = new LogFile(path, 10);
  for (const text of ['aaaa\n', 'bbbb\n', 'cccc\n', 'dddd\n', 'eeee\n']) log.write(Buffer.from(text));
  log.close();
  log.write(Buffer.from('after the end'));
  expect(readFileSync(path, 'utf8')).toBe('eeee\n');
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('cccc\ndddd\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('goes on with the file of an earlier run, and counts what is in it', () => {
  const path = join(folder, 'etcd.log');
  const first = new LogFile(path, 10);
  first.write(Buffer.from('12345678'));
  first.close();
  const second = new LogFile(path, 10);
  second.write(Buffer.from('abc'));
  second.close();
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('12345678');
  expect(readFileSync(path, 'utf8')).toBe('abc');
});
