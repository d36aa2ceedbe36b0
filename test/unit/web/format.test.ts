import { describe, expect, test } from 'vitest';
import { byteSize, clockTime } from '../../../web/src/format.ts';

describe('clockTime', () => {
  test.each([
    [38 * 60_000 + 12_000, '38:12'],
    [9_999, '0:09'],
    [0, '0:00'],
    [-5000, '0:00'],
    [3_600_000, '1:00:00'],
    [2 * 3_600_000 + 5 * 60_000 + 7_000, '2:05:07'],
  ])('%i ms is %s', (span, shown) => expect(clockTime(span)).toBe(shown));
});

describe('byteSize', () => {
  test.each([
    [1, '1 kB'],
    [999_400, '1000 kB'],
    [145_000_000, '145 MB'],
    [1_550_000_000, '1.6 GB'],
  ])('%i bytes are %s', (bytes, shown) => expect(byteSize(bytes)).toBe(shown));
});
