import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { en } from '../../web/src/words/en.ts';
import { ko } from '../../web/src/words/ko.ts';
import { lab, soon, useStage } from './stage.ts';

const stage = useStage();

/** What a page says: its texts, and the names that it gives to what has none to see. */
function said(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`{
    const all = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (!parent.closest('.screen, [lang]:not(html)')) all.push(walker.currentNode.textContent.trim());
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]'))
      if (!element.matches('[lang]:not(html)'))
        for (const name of ['aria-label', 'title', 'placeholder']) all.push(element.getAttribute(name) ?? '');
    all.filter((text) => text !== '');
  }`);
}

/** All words of a language that are not also words of the other. */
function only(words: unknown, others: unknown): Set<string> {
  const flat = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : typeof value === 'object' && value ? Object.values(value).flatMap(flat) : [];
  const not = new Set(flat(others));
  return new Set(flat(words).filter((text) => !not.has(text)));
}

const pages = [
  ['the course', '/'],
  ['a lab', `/labs/${lab}`],
  ['a lab that does not exist', '/labs/week-99/nothing'],
] as const;

test.each(pages)('%s is English with no word of Korean', async (_name, path) => {
  await stage.startLab();
  const page = await stage.newPage({ locale: 'en-US' });
  await page.goto(stage.url + path);
  await page.locator('h1').first().waitFor();
  if (path.endsWith(lab)) await expect.poll(() => page.locator('.svelte-flow__edge').count(), soon).toBeGreaterThan(3);
  for (const text of await said(page)) expect(text).not.toMatch(/[가-힣]/);
  expect(await page.evaluate('document.documentElement.lang')).toBe('en');
  // The browser reports the refused lab; the page says it in words.
  if (path.includes('week-99')) stage.faults.length = 0;
  await page.close();
});

test.each(pages)('%s is Korean with no word of English but names', async (_name, path) => {
  await stage.startLab();
  const page = await stage.newPage({ locale: 'ko-KR' });
  await page.goto(stage.url + path);
  await page.locator('h1').first().waitFor();
  if (path.endsWith(lab)) await expect.poll(() => page.locator('.svelte-flow__edge').count(), soon).toBeGreaterThan(3);
  const english = only(en, ko);
  const texts = await said(page);
  expect(texts.filter((text) => english.has(text))).toEqual([]);
  // A sentence in English has a verb or an article; names and commands have none.
  expect(texts.filter((text) => /\b(the|is|are|was|can't|not|and|its)\b/i.test(text) && !/[가-힣]/.test(text))).toEqual(
    [],
  );
  const labels = await page.evaluate<string[]>(
    `[...document.querySelectorAll('[aria-label]:not(.svelte-flow__attribution *)')].map((element) => element.ariaLabel)`,
  );
  expect(labels.filter((label) => !/[가-힣]/.test(label))).toEqual([]);
  expect(await page.evaluate('document.documentElement.lang')).toBe('ko');
  if (path.includes('week-99')) stage.faults.length = 0;
  await page.close();
});

test('the language changes at a press, in the middle of a lab, and is remembered', async () => {
  const page = await stage.newLabPage({ locale: 'ko-KR' });
  await page.getByRole('heading', { name: '침입자가 이미 안에 있다' }).waitFor();
  await page.getByRole('button', { name: /English로 보기/ }).click();
  await page.getByRole('heading', { name: 'The intruder is already inside' }).waitFor();
  expect((await said(page)).filter((text) => /[가-힣]/.test(text))).toEqual([]);
  await page.reload();
  await page.getByRole('heading', { name: 'The intruder is already inside' }).waitFor();
  await page.close();
});

test('the brightness goes from the system’s to light to dark, and is there before the first paint', async () => {
  const page = await stage.newPage({ colorScheme: 'dark' });
  await page.goto(stage.url);
  const paper = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  const button = page.getByRole('button', { name: /Brightness/ });
  await button.waitFor();
  const dark = await paper();
  await button.click();
  const light = await paper();
  expect(light).not.toBe(dark);
  await page.reload({ waitUntil: 'commit' });
  await expect.poll(paper, soon).toBe(light);
  await button.click();
  await expect.poll(paper, soon).toBe(dark);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await paper()).toBe(dark);
  await button.click();
  await expect.poll(paper, soon).toBe(light);
  await page.close();
});
