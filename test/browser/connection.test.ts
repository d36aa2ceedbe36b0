import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CuttableLine } from './cuttable.ts';
import * as shell from './shell.ts';
import { lab, soon, useStage } from './stage.ts';

const stage = useStage();
let line: CuttableLine;
let page: Page;

beforeAll(async () => {
  await stage.startLab();
  line = await CuttableLine.open(stage.url);
  page = await stage.newPage({ viewport: { width: 1280, height: 1400 } });
  await shell.readScreens(page);
  await page.goto(`${line.url}/labs/${lab}`);
  await shell.waitForScreen(page, 'production ~ $');
  await shell.openShell(page);
});
afterAll(() => line.close());
// The browser reports the refused connections.
afterEach(() => {
  stage.faults.length = 0;
});

const rows = 20;

test('a cut connection is said, and what would go nowhere can not be pressed', async () => {
  await shell.type(page, `clear; for i in $(seq ${rows}); do echo "row-$i."; sleep 0.1; done`);
  await expect.poll(() => shell.screen(page), soon).toContain('row-4.');
  line.cut();
  await page.getByText('The connection is lost. Reconnecting.').waitFor();
  for (const name of ['Start over', 'End', 'Judge now', 'New shell'])
    expect(await page.getByRole('button', { name, exact: true }).isDisabled(), name).toBe(true);
  // The guide and all that was there stays.
  expect(await page.getByRole('heading', { name: 'The intruder is already inside' }).isVisible()).toBe(true);
  expect(await shell.screen(page)).toContain('row-4.');
});

test('once it is back the output goes on, with nothing lost or doubled', async () => {
  await page.waitForTimeout(500);
  line.mend();
  await expect.poll(() => page.getByText('The connection is lost').count(), soon).toBe(0);
  await expect.poll(() => shell.screen(page), soon).toContain(`row-${rows}.`);
  const seen = [...(await shell.screen(page)).matchAll(/row-(\d+)\./g)].map(([, number]) => Number(number));
  expect(seen).toEqual(Array.from({ length: rows }, (_, index) => index + 1));
  await shell.type(page, 'echo "again-$((40+2))"');
  await expect.poll(() => shell.screen(page), soon).toContain('again-42');
});

test('a course that could not be loaded says so, and is tried again at a press', async () => {
  const course = await stage.newPage();
  await course.route('**/api/course', (route) => route.abort());
  await course.goto(stage.url);
  await course.getByText('It could not be loaded').waitFor();
  await course.unroute('**/api/course');
  await course.getByRole('button', { name: 'Try again' }).click();
  await course.getByRole('heading', { name: 'Cloud Security Course' }).waitFor();
  await course.close();
});
