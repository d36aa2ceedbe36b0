import { expect, test } from 'vitest';
import { typedBy } from '../../../web/src/terminal/type-ahead.ts';

const plain = { ctrlKey: false, metaKey: false, altKey: false, isComposing: false };

test.each([
  ['a', 'a'],
  [' ', ' '],
  ['한', '한'],
  ['😀', '😀'],
  ['Enter', '\r'],
  ['Backspace', '\x7f'],
  ['Tab', null],
  ['F6', null],
  ['ArrowUp', null],
  ['Shift', null],
])('%s types %o', (key, text) => expect(typedBy({ ...plain, key })).toBe(text));

test.each(['ctrlKey', 'metaKey', 'altKey', 'isComposing'])('nothing with %s', (modifier) => {
  expect(typedBy({ ...plain, key: 'a', [modifier]: true })).toBeNull();
});
