import { execFileSync } from 'node:child_process';
import { expect, inject, test } from 'vitest';

const help = (locale: Record<string, string>) =>
  execFileSync(inject('kubectl'), ['--help'], { encoding: 'utf8', env: { HOME: '/nonexistent', ...locale } });

test.each<Record<string, string>>([{}, { LANG: 'C' }, { LANG: 'C.UTF-8' }, { LANG: 'ja_JP.UTF-8', LC_ALL: 'C' }])(
  'with the locale %j kubectl speaks English as in an English one',
  (locale) => {
    expect(help(locale)).toBe(help({ LANG: 'en_US.UTF-8' }));
  },
);

test('kubectl speaks the language of the locale where it has it', () => {
  expect(help({ LANG: 'ja_JP.UTF-8' })).toContain('クラスタ上で特定のイメージを起動する');
});
