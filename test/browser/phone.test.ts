import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { lab, soon, useStage } from './stage.ts';

const stage = useStage();
let page: Page;

beforeAll(async () => {
  await stage.startLab();
  page = await stage.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
});

/** Pixels that a reader would have to scroll sideways. */
const sideways = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
const tab = (name: RegExp) => page.getByRole('tab', { name });

test('the course reads without scrolling sideways', async () => {
  await page.goto(stage.url);
  await page
    .getByRole('link', { name: /The intruder is already inside/ })
    .first()
    .waitFor();
  expect(await sideways()).toBe(0);
});

test('guide, picture as a list, and checks are there; the terminal says what it wants', async () => {
  await page.goto(`${stage.url}/labs/${lab}`);
  await page.getByRole('heading', { name: 'The intruder is already inside' }).waitFor();
  expect(await sideways()).toBe(0);
  await tab(/Picture/).click();
  await page.getByRole('heading', { name: /Open danger/ }).waitFor();
  expect(await sideways()).toBe(0);
  await page.getByRole('button', { name: /metrics-helper → db/ }).click();
  await page.getByRole('complementary', { name: 'Why' }).waitFor();
  await tab(/Terminal/).click();
  await page.getByText('The terminal wants a wider screen').waitFor();
  await tab(/Checks \d\/8/).click();
  await page.getByRole('button', { name: 'Judge now' }).waitFor();
  expect(await sideways()).toBe(0);
});

test('it warns before the time runs out, and one press adds to it', async () => {
  const { expiresAt } = await stage.startLab();
  await page.clock.setFixedTime(new Date(Date.parse(expiresAt) - 5 * 60_000));
  await page.getByRole('button', { name: 'Add 30 min' }).click();
  await expect.poll(() => page.getByRole('button', { name: 'Add 30 min' }).count(), soon).toBe(0);
  expect(Date.parse((await stage.startLab()).expiresAt) - Date.parse(expiresAt)).toBe(30 * 60_000);
  expect(await sideways()).toBe(0);
});

test('a lab can be started over and ended', async () => {
  await page.getByRole('button', { name: 'This lab' }).click();
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.getByRole('button', { name: 'Go back' }).click();
  await tab(/Picture/).click();
  await page.getByRole('progressbar', { name: 'Clearing what was there before' }).waitFor();
  await page.getByText(/\d:\d\d elapsed/).waitFor();
  await expect.poll(async () => (await stage.startLab()).state, soon).toBe('active');
  await page.getByRole('button', { name: 'This lab' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End' }).click();
  await page.getByRole('button', { name: 'End the lab' }).click();
  await page.getByText('The lab is ending.').waitFor();
  await tab(/Picture/).click();
  await page.getByText('You ended this lab').waitFor();
  await page.getByRole('button', { name: 'Start again' }).waitFor();
  expect(await sideways()).toBe(0);
});
