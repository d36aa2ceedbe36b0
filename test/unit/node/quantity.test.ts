import { expect, test } from 'vitest';
import { quantityOf } from '../../../server/cluster/embedded/node/quantity.ts';

test.each([
  ['0', 0],
  ['500m', 0.5],
  ['64Mi', 67_108_864],
  ['1.5Gi', 1_610_612_736],
  ['2k', 2000],
  ['1e3', 1000],
  ['1E', 1e18],
  ['much', Number.NaN],
  ['1Xi', Number.NaN],
])('%s', (text, number) => {
  expect(quantityOf(text)).toBe(number);
});
