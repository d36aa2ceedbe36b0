import { expect, vi } from 'vitest';
import type { Page } from 'playwright-core';
import { soon } from './stage.ts';

const active = '[role=tabpanel]:not([inert])';

/** Makes the terminal keep its text where a screen reader, and a test, finds it. Before the page is opened. */
export async function readScreens(page: Page): Promise<void> {
  // As text here and below: the page's own world is none of this program's types.
  await page.addInitScript({ content: `localStorage.setItem('haechi:screen-reader', 'on')` });
}

/** What the terminal shows, as its screen reader mode says it. */
export function screen(page: Page): Promise<string> {
  return page.evaluate<string>(
    `[...document.querySelectorAll('${active} .xterm-accessibility-tree > *')].map((row) => row.textContent).join('\\n')`,
  );
}

/** Waits until the terminal shows it; also where no test runs yet. */
export async function waitForScreen(page: Page, what: string | RegExp): Promise<void> {
  await vi.waitFor(async () => expect(await screen(page)).toMatch(what), soon);
}

export async function focusShell(page: Page): Promise<void> {
  await page.locator(`${active} .xterm-helper-textarea`).focus();
}

/** Pastes into the terminal as a browser does. */
export async function paste(page: Page, text: string): Promise<void> {
  await focusShell(page);
  await page.evaluate(`{
    const data = new DataTransfer();
    data.setData('text/plain', ${JSON.stringify(text)});
    document.querySelector('${active} .xterm-helper-textarea').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
  }`);
}

/** Types a line and Enter. */
export async function type(page: Page, line: string): Promise<void> {
  await focusShell(page);
  await page.keyboard.type(line);
  await page.keyboard.press('Enter');
}

/** Opens one more shell, and waits for its prompt. */
export async function openShell(page: Page): Promise<void> {
  const tabs = page.getByRole('tablist', { name: 'Shells' }).getByRole('tab');
  const before = await tabs.count();
  await page.getByRole('button', { name: 'New shell', exact: true }).click();
  await vi.waitFor(async () => expect(await tabs.count()).toBe(before + 1), soon);
  await waitForScreen(page, /production ~ \$ *$/m);
}
