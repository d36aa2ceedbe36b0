import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clearLeftovers, noteProcess, ownerVariable } from '../../../server/cluster/embedded/leftovers.ts';
import { identify, isAlive, residentMemory, signal } from '../../../server/cluster/embedded/process-identity.ts';
import { openLog } from '../../../server/log.ts';

const log = openLog('silent');
const children: ChildProcess[] = [];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haechi-leftovers-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function start(script: string, environment: Record<string, string> = {}): { child: ChildProcess; pid: number } {
  const child = spawn('sh', ['-c', script], { env: { PATH: process.env['PATH'], ...environment }, stdio: 'ignore' });
  children.push(child);
  if (child.pid === undefined) throw new Error('sh did not start');
  return { child, pid: child.pid };
}

test('a noted process is ended, also one that ignores SIGTERM', async () => {
  const { child, pid } = start('trap "" TERM; while :; do sleep 0.1; done');
  noteProcess(folder, 'etcd', pid);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const exit = once(child, 'exit');
  expect(await clearLeftovers(folder, 'nobody', log)).toBe(1);
  expect(await exit).toEqual([null, 'SIGKILL']);
  expect(existsSync(folder)).toBe(false);
});

test('a process that took over the number of a noted one is left alone', async () => {
  const { pid } = start('exec sleep 60');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'etcd.pid'), JSON.stringify({ pid, startTime: '12345' }));
  expect(await clearLeftovers(folder, 'nobody', log)).toBe(0);
  expect(identify(pid)).toBeDefined();
});

test('a process that was never noted is found by its owner; others of the same kind are left alone', async () => {
  const mine = start('exec sleep 60', { [ownerVariable]: folder });
  const other = start('exec sleep 60', { [ownerVariable]: `${folder}2` });
  await expect.poll(() => residentMemory(mine.pid)).toBeGreaterThan(0);
  const exit = once(mine.child, 'exit');
  expect(await clearLeftovers(join(folder, 'pids'), folder, log)).toBe(1);
  expect(await exit).toEqual([null, 'SIGTERM']);
  expect(identify(other.pid)).toBeDefined();
});

test('a half-written note does not keep from starting', async () => {
  writeFileSync(join(folder, 'etcd.pid'), '{"pid": 12');
  expect(await clearLeftovers(folder, 'nobody', log)).toBe(0);
});

test('an ended process has no identity, and a signal to it says so', async () => {
  const { child, pid } = start('exec sleep 60');
  const identity = identify(pid);
  if (!identity) throw new Error('a running process has no identity');
  expect(isAlive(identity)).toBe(true);
  const exit = once(child, 'exit');
  expect(signal(identity, 'SIGKILL')).toBe(true);
  await exit;
  expect(isAlive(identity)).toBe(false);
  expect(signal(identity, 'SIGKILL')).toBe(false);
});
