import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { lab, soon, useStage } from './stage.ts';

const stage = useStage();

/** What breaks WCAG 2 A and AA: names, roles, contrast of 4.5:1 and the rest, each with where. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate<axe.AxeResults>(
    // The rule left out takes Korean for words apart: it finds no "4" in "길 4개".
    `axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
      rules: { 'label-content-name-mismatch': { enabled: false } },
    })`,
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  );
}

/** Controls that a screen reader could not name. */
function nameless(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('button, a, input, [role=button], [role=tab]')]
    .filter((element) => !element.closest('[aria-hidden=true]'))
    .filter((element) => !(element.getAttribute('aria-label') ?? '').trim() && !element.textContent.trim())
    .map((element) => element.outerHTML)`);
}

const looks = [
  ['en-US', 'light'],
  ['ko-KR', 'dark'],
] as const;

test.each(looks)('the course, %s, %s', async (locale, colorScheme) => {
  const page = await stage.newPage({ locale, colorScheme });
  await page.goto(stage.url);
  await page.locator('h1').waitFor();
  expect(await violations(page)).toEqual([]);
  expect(await nameless(page)).toEqual([]);
  await page.close();
});

test.each(looks)('a lab, %s, %s', async (locale, colorScheme) => {
  const page = await stage.newLabPage({ locale, colorScheme });
  await expect.poll(() => page.locator('.svelte-flow__edge').count(), soon).toBeGreaterThan(3);
  await page.locator('.xterm-helper-textarea').first().waitFor({ state: 'attached' });
  await page.locator('.svelte-flow__edge .count').first().click();
  expect(await violations(page)).toEqual([]);
  expect(await nameless(page)).toEqual([]);
  await page.close();
});

test('motion stops where it is not wanted', async () => {
  const slowest = async (reducedMotion: 'reduce' | 'no-preference') => {
    const page = await stage.newLabPage({ reducedMotion });
    await expect.poll(() => page.locator('.svelte-flow__edge').count(), soon).toBeGreaterThan(3);
    const seconds = await page.evaluate<number>(`Math.max(...[...document.querySelectorAll('*')].flatMap((element) => {
      const { transitionDuration, animationDuration } = getComputedStyle(element);
      return [transitionDuration, animationDuration].flatMap((each) => each.split(',')).map(parseFloat);
    }))`);
    await page.close();
    return seconds;
  };
  expect(await slowest('reduce')).toBeLessThanOrEqual(0.001);
  expect(await slowest('no-preference')).toBeGreaterThan(0.1);
});

test('a lab that was not started', async () => {
  const page = await stage.newPage();
  await page.goto(`${stage.url}/labs/${lab.replace('production-lockdown', 'default-deny')}`);
  await page.getByText('One lab at a time.').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.close();
});
