import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplayCursor } from '../../../web/src/terminal/replay-cursor.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('ReplayCursor', () => {
  test('takes what follows and drops what was there', () => {
    const cursor = new ReplayCursor();
    expect(cursor.take(0, bytes(1, 2, 3))).toEqual(bytes(1, 2, 3));
    expect(cursor.take(0, bytes(1, 2, 3))).toEqual(bytes());
    expect(cursor.take(2, bytes(3, 4))).toEqual(bytes(4));
    expect(cursor.next).toBe(4);
  });

  test('says how much is gone when scrollback begins later', () => {
    const cursor = new ReplayCursor();
    cursor.take(0, bytes(1, 2));
    expect(cursor.startAt(10)).toBe(8);
    expect(cursor.next).toBe(10);
    expect(cursor.take(10, bytes(11))).toEqual(bytes(11));
  });

  test('a start before our place moves nothing', () => {
    const cursor = new ReplayCursor();
    cursor.take(0, bytes(1, 2, 3));
    expect(cursor.startAt(1)).toBe(0);
    expect(cursor.next).toBe(3);
  });

  test('whatever the pieces and reconnects, every byte is shown once and in order', () => {
    const pieces = fc.array(
      fc.record({ length: fc.integer({ min: 1, max: 9 }), back: fc.integer({ min: 0, max: 20 }) }),
    );
    fc.assert(
      fc.property(pieces, (steps) => {
        const all = Uint8Array.from({ length: 300 }, (_, index) => index % 251);
        const cursor = new ReplayCursor();
        const shown: number[] = [];
        let sent = 0;
        for (const { length, back } of steps) {
          // A reconnect: the server begins again at or before our place.
          sent = Math.max(0, Math.min(sent, cursor.next) - back);
          const data = all.subarray(sent, sent + length);
          shown.push(...cursor.take(sent, data));
          sent += data.length;
        }
        expect(shown).toEqual([...all.subarray(0, cursor.next)]);
      }),
    );
  });
});
