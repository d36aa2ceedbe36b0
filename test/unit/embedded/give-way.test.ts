import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GiveWay } from '../../../server/cluster/embedded/give-way.ts';

const longestMs = 10_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** @param fail how many of the first calls fail. */
function open({ fail = 0 } = {}) {
  const told: boolean[] = [];
  const logged: string[] = [];
  const giveWay = new GiveWay({
    several: 3,
    longestMs,
    log: pino({ level: 'warn' }, { write: (line: string) => logged.push(line) }),
    hold: (held) => {
      told.push(held);
      return told.length <= fail ? Promise.reject(new Error('away')) : Promise.resolve();
    },
  });
  const begin = () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const settled = giveWay.urgently(() => promise);
    return (result: string) => {
      resolve(result);
      return settled;
    };
  };
  return { giveWay, told, logged, begin };
}

test('a few hold nobody up', async () => {
  const { told, begin } = open();
  const [first, second] = [begin(), begin()];
  expect(await first('done')).toBe('done');
  await second('');
  await begin()('');
  expect(told).toEqual([]);
});

test('several do, until none of them is left, and it settles as the work does', async () => {
  const { giveWay, told, begin } = open();
  const all = [begin(), begin()];
  const failing = giveWay.urgently(() => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual([true]);
  await all[0]?.('');
  await vi.advanceTimersByTimeAsync(longestMs / 2);
  expect(told).toEqual([true]);
  await all[1]?.('');
  await vi.advanceTimersByTimeAsync(2 * longestMs);
  expect(told).toEqual([true, false]);
});

test('nobody waits for longer than is said, and the next several hold again', async () => {
  const { told, begin } = open();
  const all = [begin(), begin(), begin()];
  await vi.advanceTimersByTimeAsync(longestMs - 1);
  expect(told).toEqual([true]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual([true, false]);
  await all.shift()?.('');
  all.push(begin(), begin());
  await vi.advanceTimersByTimeAsync(longestMs);
  for (const end of all) await end('');
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual([true, false]);
  const next = [begin(), begin(), begin()];
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual([true, false, true]);
  for (const end of next) await end('');
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual([true, false, true, false]);
});

test('what was not heard is told again, and that is logged', async () => {
  vi.useRealTimers();
  const { giveWay, told, logged, begin } = open({ fail: 3 });
  const all = [begin(), begin(), begin()];
  await expect.poll(() => told).toEqual([true, true]);
  for (const end of all) await end('');
  await expect.poll(() => told).toEqual([true, true, false, false]);
  await giveWay.stop();
  expect(told).toHaveLength(4);
  expect(logged).toHaveLength(3);
  expect(logged[0]).toContain('away');
});

test('stopping ends telling again', async () => {
  vi.useRealTimers();
  const { giveWay, told, begin } = open({ fail: Infinity });
  const all = [begin(), begin(), begin()];
  await expect.poll(() => told).toEqual([true]);
  await giveWay.stop();
  for (const end of all) await end('');
  await giveWay.stop();
  expect(told).toEqual([true]);
});
