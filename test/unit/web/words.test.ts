import { expect, test } from 'vitest';
import { en } from '../../../web/src/words/en.ts';
import { ko } from '../../../web/src/words/ko.ts';

/** All words, by path; functions by what they say of examples. */
function flat(value: unknown, path = ''): [path: string, words: string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String((value as (...values: unknown[]) => unknown)(3, 5))]];
  return Object.entries(value as Record<string, unknown>).flatMap(([key, part]) => flat(part, `${path}.${key}`));
}

test('no words are empty in either language', () => {
  for (const words of [ko, en]) for (const [path, text] of flat(words)) expect(text.trim(), path).not.toBe('');
});

test('Korean words are Korean, English words are not', () => {
  // The button that changes the language says so in the other one.
  const exceptions = new Set(['.language', '.languageShort']);
  const english = flat(en).filter(([path]) => !exceptions.has(path));
  for (const [path, text] of english) expect(text, path).not.toMatch(/[가-힣]/);
});
