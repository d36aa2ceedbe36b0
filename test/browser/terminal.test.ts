import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import * as shell from './shell.ts';
import { lab, soon, useStage } from './stage.ts';

const stage = useStage({ webgl: true });
let page: Page;
const screen = () => shell.screen(page);
const type = (line: string) => shell.type(page, line);

beforeAll(async () => {
  await stage.startLab();
  page = await stage.newPage({ permissions: ['clipboard-read', 'clipboard-write'] });
  await shell.readScreens(page);
  await page.goto(`${stage.url}/labs/${lab}`);
  await shell.waitForScreen(page, 'production ~ $');
});

/** A screen with nothing but a prompt. */
beforeEach(async () => {
  await type('clear');
  await shell.waitForScreen(page, /^production ~ \$ *\n\s*$/);
});

test('two tabs are two shells', async () => {
  await type('mine=first');
  await shell.openShell(page);
  await type('echo "mine is ${mine:-unset}"; mine=second');
  await expect.poll(screen, soon).toContain('mine is unset');
  await page.getByRole('tab', { name: 'Shell 1' }).click();
  await type('echo "mine is $mine"');
  await expect.poll(screen, soon).toContain('mine is first');
  await page.getByRole('tab').nth(1).click();
  await type('echo "mine is $mine"');
  await expect.poll(screen, soon).toContain('mine is second');
});

test('Korean that an input method composes arrives once, and bash has it whole', async () => {
  await shell.focusShell(page);
  await page.keyboard.type("printf '%s' '");
  const input = await page.context().newCDPSession(page);
  for (const steps of [
    ['ㅎ', '하', '한'],
    ['ㄱ', '그', '글'],
  ]) {
    for (const text of steps)
      await input.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
    await input.send('Input.insertText', { text: steps.at(-1) ?? '' });
  }
  // xterm takes text that comes without keys, as from an emoji picker, only while no screen reader listens.
  const reader = page.getByRole('button', { name: 'Screen reader mode' });
  await reader.click();
  await shell.focusShell(page);
  await page.keyboard.insertText(' 붙임');
  await page.keyboard.type("' | wc -c");
  await reader.click();
  await expect.poll(screen, soon).toContain("printf '%s' '한글 붙임' | wc -c");
  await shell.focusShell(page);
  await page.keyboard.press('Enter');
  await expect.poll(screen, soon).toMatch(/^13$/m);
});

test('the search finds what was printed, and says how often', async () => {
  await type('for i in 1 2 3; do echo "needle-$i"; done');
  await expect.poll(screen, soon).toContain('needle-3');
  await page.keyboard.press('Control+Shift+F');
  await page.keyboard.type('needle-');
  const results = page.getByRole('search').getByRole('status');
  // The command itself, and what it printed.
  await expect.poll(() => results.textContent(), soon).toMatch(/^\d\/4$/);
  const before = await results.textContent();
  await page.keyboard.press('Enter');
  await expect.poll(() => results.textContent(), soon).not.toBe(before);
  await page.keyboard.type('nowhere');
  await expect.poll(() => results.textContent(), soon).toBe('none');
  await page.keyboard.press('Escape');
  expect(await page.getByRole('search').count()).toBe(0);
});

test('selecting copies, and Ctrl+C interrupts also while something is selected', async () => {
  await type('clear; echo copied-by-hand; sleep 60');
  await expect.poll(screen, soon).toMatch(/^copied-by-hand$/m);
  await page.locator('[role=tabpanel]:not([inert]) .xterm-screen').dblclick({ position: { x: 40, y: 9 } });
  await expect.poll(() => page.evaluate<string>('navigator.clipboard.readText()'), soon).toBe('copied-by-hand');
  await page.keyboard.press('Control+C');
  await expect.poll(screen, soon).toContain('^C');
  await type('echo "ended with $?"');
  await expect.poll(screen, soon).toContain('ended with 130');
});

test('1 MB pasted arrives whole, in its bracket', async () => {
  const text = Array.from(
    { length: 10_486 },
    (_, index) => `${String(index).padStart(6, '0')} ${'나'.repeat(6)} ${'x'.repeat(73)}`,
  ).join('\n');
  expect(Buffer.byteLength(text)).toBeGreaterThan(1024 * 1024);
  await type(`printf '\\e[?2004h'; cat > pasted; printf '\\e[?2004l'; clear; sha256sum pasted`);
  await page.waitForTimeout(300);
  await shell.paste(page, text);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+D');
  const hash = createHash('sha256').update(`\x1b[200~${text}\x1b[201~\n`).digest('hex');
  await expect.poll(screen, soon).toContain(`${hash}  pasted`);
});

test('several lines pasted at the prompt run only at Enter', async () => {
  await shell.paste(page, 'echo "one-$((1+1))"\necho "two-$((1+1))"');
  await expect.poll(screen, soon).toContain('echo "two-');
  expect(await screen()).not.toContain('one-2');
  await page.keyboard.press('Enter');
  await expect.poll(screen, soon).toContain('two-2');
});

test('the shell is as large as it is seen', async () => {
  const size = async () => {
    await type('clear; stty size');
    await expect.poll(screen, soon).toMatch(/^\d+ \d+$/m);
    return (
      /^(\d+) (\d+)$/m
        .exec(await screen())
        ?.slice(1)
        .map(Number) ?? []
    );
  };
  const [rows = 0, columns = 0] = await size();
  await page.setViewportSize({ width: 1500, height: 900 });
  await expect.poll(async () => (await size())[0], soon).toBeGreaterThan(rows);
  expect((await size())[1]).toBeGreaterThan(columns);
  await page.setViewportSize({ width: 1280, height: 720 });
  await expect.poll(size, soon).toEqual([rows, columns]);
});

test('when the graphics card takes its context away, drawing goes on without it', async () => {
  const lost = await page.evaluate<boolean>(`{
    const canvases = [...document.querySelectorAll('[role=tabpanel]:not([inert]) .xterm-screen canvas')];
    const context = canvases.map((canvas) => canvas.getContext('webgl2')).find((each) => each);
    context?.getExtension('WEBGL_lose_context')?.loseContext();
    context != null;
  }`);
  expect(lost).toBe(true);
  await expect
    .poll(() => page.locator('[role=tabpanel]:not([inert]) .xterm-rows > div').count(), soon)
    .toBeGreaterThan(3);
  await type('echo "still-$((40+2))"');
  await expect
    .poll(() => page.locator('[role=tabpanel]:not([inert]) .xterm-rows').textContent(), soon)
    .toContain('still-42');
});

test('a shell that ended says so and offers a new one', async () => {
  await type('exit 3');
  await page.getByText('The shell has ended (exit code 3).').waitFor();
  await page.getByRole('button', { name: 'Open a new shell' }).click();
  await expect.poll(screen, soon).toContain('production ~ $');
  await type('echo "new-$((40+2))"');
  await expect.poll(screen, soon).toContain('new-42');
});
