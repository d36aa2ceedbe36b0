import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import * as shell from './shell.ts';
import { lab, soon, useStage } from './stage.ts';

const stage = useStage();
let page: Page;

beforeAll(async () => {
  await stage.endLab();
  page = await stage.newPage();
  await shell.readScreens(page);
  await page.goto(stage.url);
});

/** Presses Tab until the focus is on what the selector names. */
async function tabTo(selector: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (await page.evaluate<boolean>(`document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never comes to ${selector}`);
}

/** The pane that has the focus. */
const pane = () =>
  page.evaluate<string | null>(
    `document.activeElement.closest('[data-pane-name]')?.getAttribute('data-pane-name') ?? null`,
  );

test('the first Tab offers to skip to the content', async () => {
  await page.getByRole('heading', { name: 'Cloud Security Course' }).waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Skip to the content');
});

test('from the course into the lab, and the lab starts', async () => {
  await tabTo(`a[href="/labs/${lab}"]`);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /Start/ }).waitFor();
  await tabTo('button.primary');
  await page.keyboard.press('Enter');
  await expect.poll(() => shell.screen(page), soon).toContain('production ~ $');
});

test('the shell that was asked for has the focus, and Tab is for the shell', async () => {
  await expect.poll(pane, soon).toBe('terminal');
  await page.keyboard.type('echo $((40+2))-keys');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => shell.screen(page), soon).toContain('42-keys');
  expect(await pane()).toBe('terminal');
});

test('F6 leaves the terminal for the checks, whose findings open and close', async () => {
  // There are findings once the lab has been judged.
  await page.locator('[data-pane-name=checks] li button').first().waitFor(soon);
  await page.keyboard.press('F6');
  expect(await pane()).toBe('checks');
  await tabTo('[data-pane-name=checks] li button');
  const expanded = () => page.evaluate<string>(`document.activeElement.getAttribute('aria-expanded')`);
  const before = await expanded();
  await page.keyboard.press('Enter');
  expect(await expanded()).not.toBe(before);
});

test('Shift+F6 goes back, and the pane fills the window', async () => {
  await page.keyboard.press('Shift+F6');
  expect(await pane()).toBe('terminal');
  const height = async () => (await page.locator('[data-pane-name=terminal]').boundingBox())?.height ?? 0;
  const before = await height();
  await page.keyboard.press('Control+Shift+Enter');
  await expect.poll(height, soon).toBeGreaterThan(before + 200);
  await page.keyboard.press('Control+Shift+Enter');
  await expect.poll(height, soon).toBe(before);
});

test('in the picture arrows go from line to line, and Enter says why', async () => {
  await page.keyboard.press('Shift+F6');
  expect(await pane()).toBe('map');
  await page.locator('[data-line]').first().waitFor(soon);
  await tabTo('[data-line]');
  const line = () => page.evaluate<string>(`document.activeElement.getAttribute('data-line')`);
  const first = await line();
  await page.keyboard.press('ArrowRight');
  expect(await line()).not.toBe(first);
  await page.keyboard.press('Enter');
  await page.getByRole('complementary', { name: 'Why' }).waitFor();
  expect(await line()).not.toBeNull();
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByRole('complementary', { name: 'Why' }).count(), soon).toBe(0);
});

test('the question mark lists the keys, Escape closes it', async () => {
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByRole('dialog').count(), soon).toBe(0);
});

test('a pane is made wider by arrow keys, and stays so', async () => {
  const width = async () => (await page.locator('[data-pane-name=guide]').boundingBox())?.width ?? 0;
  const before = await width();
  await page.locator('.resizer[data-direction=horizontal]').first().focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(width, soon).toBeGreaterThan(before + 20);
  const after = await width();
  // It is kept a moment later.
  await page.waitForTimeout(300);
  await page.reload();
  await page.getByRole('heading', { name: 'The intruder is already inside' }).waitFor();
  await expect.poll(width, soon).toBeCloseTo(after, 0);
});
