import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { substitute } from '../../server/content/names.ts';
import type { Attempt } from '../../server/contract/attempt.ts';
import { noWebGl, openBrowser } from './browser.ts';
import { PlatformProcess } from './platform.ts';
import * as shell from './shell.ts';
import { lab, soon } from './stage.ts';

const solution = join(import.meta.dirname, '..', '..', 'labs', lab, 'solution');
const variables = {
  PRODUCTION: 'production',
  STAGING: 'staging',
  INGRESS: 'ingress',
  DEVELOPER_USER: 'developer-user',
};

let folder: string;
let platform: PlatformProcess;
let browser: Browser;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-browser-'));
  platform = await PlatformProcess.start(folder);
  browser = await openBrowser(noWebGl);
  page = await browser.newPage({ viewport: { width: 1280, height: 720 }, locale: 'en-US' });
  page.on('pageerror', (error) => faults.push(error.message));
});
afterAll(async () => {
  await browser.close();
  await platform.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

const screen = () => shell.screen(page);
const type = (line: string) => shell.type(page, line);

function attempt(): Promise<Attempt> {
  return page.evaluate(async () => {
    const attempts = (await (await fetch('/api/attempts')).json()) as Attempt[];
    return attempts[0] as Attempt;
  });
}

const outcomes = async () =>
  Object.fromEntries(Object.entries((await attempt()).verdicts).map(([check, { outcome }]) => [check, outcome]));
const marked = (title: string) => page.locator('li', { hasText: title }).first().getAttribute('class');

test('a learner starts the capstone and gets a shell beside a picture', async () => {
  await page.goto(platform.url);
  await page.getByText('The intruder is already inside').click();
  await page.getByRole('button', { name: 'Start the lab' }).click();
  await page.getByRole('button', { name: /screen reader/i }).click();
  await expect.poll(screen, soon).toContain('production ~ $');
  await expect.poll(() => page.locator('.svelte-flow__edge').count(), soon).toBeGreaterThan(5);
  await expect
    .poll(outcomes, soon)
    .toMatchObject({ intruder: 'fail', restricted: 'fail', database: 'fail', sells: 'pass' });
});

test('kubectl is the real one, and packets go where the policies let them', async () => {
  await type('k get deploy -o name; k exec -n $STAGING deploy/loadtest -- nc -zv -w 2 db.$PRODUCTION 5432');
  await expect.poll(screen, soon).toContain('deployment.apps/frontend');
  await expect.poll(screen, soon).toMatch(/db\.production \(10\.96\.[\d.]+:5432\) open/);
});

test('breaking the app turns its check, and says so', async () => {
  await type('k scale deploy api --replicas=0');
  await expect.poll(() => marked('The shop keeps taking orders '), soon).toContain('fail');
  await type('k scale deploy api --replicas=1');
  await expect.poll(() => marked('The shop keeps taking orders '), soon).toContain('pass');
});

test('fixing everything turns every check, and the debrief opens', async () => {
  const yaml = substitute(await readFile(join(solution, 'fix.yaml'), 'utf8'), variables);
  const script = await readFile(join(solution, 'fix.sh'), 'utf8');
  for (const [name, text] of [
    ['fix.yaml', yaml],
    ['fix.sh', script],
  ] as const) {
    await shell.paste(page, `cat > ${name} <<'END'\n${text}\nEND\n`);
    await page.keyboard.press('Enter');
  }
  await type('clear; wc -c fix.yaml; k apply -f fix.yaml && bash fix.sh && echo "fixed-$((6*7))"');
  await expect.poll(screen, soon).toContain('fixed-42');
  await expect
    .poll(async () => Object.values(await outcomes()).every((outcome) => outcome === 'pass'), soon)
    .toBe(true);
  await expect.poll(async () => (await attempt()).state, soon).toBe('solved');
  await expect.poll(() => page.locator('#debrief').isVisible(), soon).toBe(true);
});

test('a reload in the middle of a command loses nothing', async () => {
  await type('clear; sleep 3; echo "back-$((40+2))"');
  await expect.poll(screen, soon).not.toContain('fixed-42');
  await page.reload();
  await expect.poll(screen, soon).toContain('back-42');
});

test('the server dies and comes back: the attempt goes on', async () => {
  const before = await attempt();
  await platform.end('SIGKILL');
  platform = await PlatformProcess.start(folder, platform.port);
  await expect.poll(async () => (await attempt()).id, soon).toBe(before.id);
  expect((await attempt()).state).toBe('solved');
  await expect
    .poll(async () => Object.values(await outcomes()).every((outcome) => outcome === 'pass'), soon)
    .toBe(true);
  await expect.poll(screen, soon).toContain('back-42');
  await page
    .getByRole('button', { name: /new shell/i })
    .first()
    .click();
  await type('echo "again-$((40+3))"; k get ns production -o name');
  await expect.poll(screen, soon).toContain('again-43');
  await expect.poll(screen, soon).toContain('namespace/production');
  expect(faults).toEqual([]);
});

test('ending the attempt leaves nothing', async () => {
  const { id } = await attempt();
  const status = await page.evaluate(
    async (attemptId) =>
      (await fetch(`/api/attempts/${attemptId}`, { method: 'DELETE', headers: { 'x-haechi': '1' } })).status,
    id,
  );
  expect(status).toBe(200);
  expect((await attempt()).state).toBe('ended');
});
