import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser } from '../test/browser/browser.ts';
import { PlatformProcess } from '../test/browser/platform.ts';

/** `npm run screenshots`: takes docs/screenshots from the running platform, in both languages and themes. */
const target = join(import.meta.dirname, '..', 'docs', 'screenshots');
await mkdir(target, { recursive: true });
const folder = await mkdtemp(join(tmpdir(), 'haechi-screenshots-'));
const platform = await PlatformProcess.start(folder);
const browser = await openBrowser();
try {
  for (const [locale, language, start] of [
    ['en-US', 'en', 'Start the lab'],
    ['ko-KR', 'ko', '실습 시작'],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale, colorScheme });
      await page.goto(platform.url);
      await page.waitForLoadState('networkidle');
      await page.screenshot({ path: join(target, `course-${language}-${colorScheme}.png`) });
      await page.goto(`${platform.url}/labs/week-08/production-lockdown`);
      const button = page.getByRole('button', { name: start });
      // The first page starts the attempt; the others come to it.
      if (language === 'en' && colorScheme === 'light') {
        await button.click();
        await page.waitForTimeout(4000);
        await page.locator('.xterm-helper-textarea').first().focus();
        await page.keyboard.type('k get deploy,netpol');
        await page.keyboard.press('Enter');
      }
      await page.waitForTimeout(3000);
      await page.screenshot({ path: join(target, `lab-${language}-${colorScheme}.png`) });
      await page.close();
    }
  }
  const phone = await browser.newPage({ viewport: { width: 390, height: 844 }, locale: 'en-US' });
  await phone.goto(`${platform.url}/labs/week-08/production-lockdown`);
  await phone.waitForTimeout(2000);
  await phone.screenshot({ path: join(target, 'lab-en-phone.png') });
} finally {
  await browser.close();
  await platform.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
}
