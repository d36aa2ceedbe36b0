import { expect, test } from 'vitest';
import { BackOff } from '../../../server/cluster/embedded/back-off.ts';

test('doubles up to its limit, and starts over after a good run', () => {
  const backOff = new BackOff({ firstMs: 100, limitMs: 1000, goodRunMs: 30_000 });
  expect([5, 5, 5, 5, 5, 5].map((ran) => backOff.next(ran))).toEqual([100, 200, 400, 800, 1000, 1000]);
  expect(backOff.next(29_999)).toBe(1000);
  expect(backOff.next(30_000)).toBe(100);
  expect(backOff.next(0)).toBe(200);
});
