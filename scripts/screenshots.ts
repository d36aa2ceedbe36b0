import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openBrowser } from '../test/browser/browser.ts';
import { PlatformProcess } from '../test/browser/platform.ts';

/** `npm run screenshots`: takes docs/screenshots from the running platform, in both languages and themes. */
const target = join(import.meta.dirname, '..', 'docs', 'screenshots');
const lab = 'labs/week-08/production-lockdown';
const languages = { en: 'en-US', ko: 'ko-KR' } as const;
const start = { en: 'Start the lab', ko: '실습 시작' } as const;

await mkdir(target, { recursive: true });
const folder = await mkdtemp(join(tmpdir(), 'haechi-screenshots-'));
const platform = await PlatformProcess.start(folder);
const browser = await openBrowser();

/** A page, and how to take it once nothing on it moves any more. */
async function open(path: string, options: { language: keyof typeof languages; dark?: boolean; phone?: boolean }) {
  const page = await browser.newPage({
    viewport: options.phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
    locale: languages[options.language],
    colorScheme: options.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  await page.goto(`${platform.url}/${path}`);
  await page.locator('h1').first().waitFor();
  const take = async (name: string) => {
    await page.evaluate('document.fonts.ready.then(() => undefined)');
    await page.waitForTimeout(800);
    await page.screenshot({ path: join(target, `${name}.png`) });
  };
  return { page, take };
}

/** A lab's page as it is worked on: the picture drawn, every check judged, the shell ready. */
async function untilDrawn(page: Page, language: keyof typeof languages): Promise<void> {
  await page.locator('.svelte-flow__edge').first().waitFor();
  await page.getByText(/^10 \/ 100/).waitFor();
  await page.getByRole('tab', { name: language === 'en' ? 'Shell 1' : '셸 1' }).waitFor();
}

try {
  const first = await open(lab, { language: 'en' });
  await first.take('lab-en-start');
  await first.page.getByRole('button', { name: start.en }).click();
  await untilDrawn(first.page, 'en');
  await first.page.locator('.xterm-helper-textarea').focus();
  await first.page.keyboard.type('k get deploy,netpol\n');
  await first.page.close();
  for (const language of ['en', 'ko'] as const) {
    for (const dark of [false, true]) {
      const look = `${language}-${dark ? 'dark' : 'light'}`;
      const course = await open('', { language, dark });
      await course.take(`course-${look}`);
      await course.page.close();
      const { page, take } = await open(lab, { language, dark });
      await untilDrawn(page, language);
      await take(`lab-${look}`);
      if (dark) {
        await page.close();
        continue;
      }
      await page.locator('.svelte-flow__edge .count').first().click();
      await page.mouse.move(0, 0);
      await take(`lab-${language}-why`);
      await page.close();
    }
    const phone = await open(lab, { language, phone: true });
    await phone.take(`lab-${language}-phone`);
    await phone.page.close();
  }
} finally {
  await browser.close();
  await platform.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
}
