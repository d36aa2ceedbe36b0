import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataFolder } from '../../../server/cluster/embedded/data-folder.ts';
import { tryLock, waitForLock } from '../../../server/cluster/embedded/lock.ts';

let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-lock-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Another process that takes the lock and keeps it. */
async function holdElsewhere(path: string): Promise<ChildProcess> {
  const module = new URL('../../../server/cluster/embedded/lock.ts', import.meta.url).href;
  const script = `const { tryLock } = await import(${JSON.stringify(module)});
    const result = tryLock(${JSON.stringify(path)});
    console.log(result.acquired);
    // Who drops a lock lets go of it when garbage is collected.
    setInterval(() => result, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  expect(line.toString().trim()).toBe('true');
  return child;
}

test('one holder at a time, and free again after release', () => {
  const path = join(folder, 'lock');
  const first = tryLock(path);
  if (!first.acquired) throw new Error('the lock of a new folder is taken');
  expect(tryLock(path)).toEqual({
    acquired: false,
    holder: { pid: process.pid, since: expect.any(String) as string },
  });
  first.lock.release();
  first.lock.release();
  const second = tryLock(path);
  expect(second.acquired).toBe(true);
  if (second.acquired) second.lock.release();
});

test('a lock of a process that was killed is free, and its pid is named while it lives', async () => {
  const child = await holdElsewhere(join(folder, 'lock'));
  expect(() => lockDataFolder(folder)).toThrow(
    `The data folder ${folder} is in use by another Haechi (process ${String(child.pid)}). ` +
      'End that one, or name another data folder.',
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  lockDataFolder(folder).release();
});

test('waiting says once who has it, and ends when that one lets go', async () => {
  const child = await holdElsewhere(join(folder, 'lock'));
  const told: (number | undefined)[] = [];
  const waiting = waitForLock(join(folder, 'lock'), AbortSignal.timeout(15_000), (holder) => {
    told.push(holder?.pid);
    setTimeout(() => child.kill('SIGKILL'), 600);
  });
  const lock = await waiting;
  lock.release();
  expect(told).toEqual([child.pid]);
});

test('waiting can be given up', async () => {
  const first = tryLock(join(folder, 'lock'));
  const giveUp = new AbortController();
  const waiting = waitForLock(join(folder, 'lock'), giveUp.signal, () => giveUp.abort(new Error('enough')));
  await expect(waiting).rejects.toThrow();
  if (first.acquired) first.lock.release();
});
