import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pieceBytes, pieces } from '../../../web/src/terminal/pieces.ts';

const sizeOf = (text: string) => Buffer.byteLength(text);

describe('pieces', () => {
  test('a megabyte goes in pieces of 32 KB at most', () => {
    const text = '한글과 code\n'.repeat(70_000);
    const parts = [...pieces(text)];
    expect(parts.join('')).toBe(text);
    expect(Math.max(...parts.map(sizeOf))).toBeLessThanOrEqual(pieceBytes);
    // None is needlessly small: only the last may be.
    expect(Math.min(...parts.slice(0, -1).map(sizeOf))).toBeGreaterThan(pieceBytes - 4);
  });

  test('nothing is cut within a character', () => {
    expect([...pieces('가나다', 4)]).toEqual(['가', '나', '다']);
    expect([...pieces('a😀b', 5)]).toEqual(['a😀', 'b']);
  });

  test('a character that is larger than the limit goes alone', () => {
    expect([...pieces('a😀b', 2)]).toEqual(['a', '😀', 'b']);
  });

  test('no text, no piece', () => expect([...pieces('')]).toEqual([]));

  test('the pieces are the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 4, max: 12 }), (text, limit) => {
        const parts = [...pieces(text, limit)];
        expect(parts.join('')).toBe(text);
        expect(parts.filter((part) => sizeOf(part) > limit)).toEqual([]);
      }),
    );
  });
});
