import { describe, expect, test } from 'vitest';
import { isReport } from '../../../web/src/terminal/reports.ts';

describe('isReport', () => {
  test.each([
    ['device attributes', '\x1b[?1;2c'],
    ['secondary device attributes', '\x1b[>0;276;0c'],
    ['cursor position', '\x1b[12;40R'],
    ['status', '\x1b[0n'],
    ['a mode', '\x1b[?2004;1$y'],
    ['a colour', '\x1b]11;rgb:1616/1919/1d1d\x1b\\'],
    ['a setting', '\x1bP1$r0m\x1b\\'],
  ])('%s is', (_name, data) => expect(isReport(data)).toBe(true));

  test.each([
    ['a letter', 'c'],
    ['a Korean syllable', '한'],
    ['an arrow key', '\x1b[A'],
    ['delete', '\x1b[3~'],
    ['escape', '\x1b'],
    ['interrupt', '\x03'],
    ['a bracketed paste', '\x1b[200~text\x1b[201~'],
  ])('%s is not', (_name, data) => expect(isReport(data)).toBe(false));
});
