import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ScrollbackFile } from '../../../server/terminal/scrollback-file.ts';
import { Scrollback } from '../../../server/terminal/scrollback.ts';

let folder: string;
const log = pino({ level: 'silent' });
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-scrollback-'));
});
afterEach(() => rm(folder, { recursive: true }));

function contentOf(scrollback: Scrollback): Buffer {
  const parts: Buffer[] = [];
  for (let at = scrollback.start; at < scrollback.end; at += parts.at(-1)?.length ?? 0)
    parts.push(scrollback.read(at, 1 << 20));
  return Buffer.concat(parts);
}

test('what was written is there without a proper end, as after kill -9', async () => {
  const scrollback = new Scrollback();
  const file = ScrollbackFile.create(folder, 3, scrollback, log);
  scrollback.append(Buffer.from('production ~ $ 안녕\r\n'));
  file.changed();
  await vi.waitFor(async () => {
    const again = await ScrollbackFile.load(folder, 3);
    expect([again.start, contentOf(again).toString()]).toEqual([0, 'production ~ $ 안녕\r\n']);
  });
  await file.close();
});

test('a long life takes little room, keeps positions and the end', async () => {
  const scrollback = new Scrollback();
  const file = ScrollbackFile.create(folder, 1, scrollback, log);
  for (let round = 0; round < 40; round++) {
    for (let line = 0; line < 10_000; line++)
      scrollback.append(Buffer.from(`round ${round} line ${line} ...........\r\n`));
    if (round % 4 === 0) await file.close(); // Saves; what comes in between is never written.
  }
  await file.close();
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(7 << 20);
  const again = await ScrollbackFile.load(folder, 1);
  expect(again.end).toBe(scrollback.end);
  const kept = contentOf(again);
  expect(kept.toString()).toMatch(/^round \d+ line \d+ \.+\r\n/);
  expect(contentOf(scrollback).subarray(-kept.length).equals(kept)).toBe(true);
});

test('terminals don’t take each other’s files', async () => {
  for (const number of [1, 11]) {
    const scrollback = new Scrollback();
    const file = ScrollbackFile.create(folder, number, scrollback, log);
    scrollback.append(Buffer.from(`terminal ${number}`));
    await file.close();
  }
  await ScrollbackFile.remove(folder, 1);
  expect(contentOf(await ScrollbackFile.load(folder, 1)).toString()).toBe('');
  expect(contentOf(await ScrollbackFile.load(folder, 11)).toString()).toBe('terminal 11');
});
