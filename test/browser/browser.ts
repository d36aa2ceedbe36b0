import { chromium, type Browser } from 'playwright-core';

/** Without a graphics card WebGL is slow: terminals are then drawn by elements. */
export const noWebGl = '--disable-3d-apis';

/** Debian's Chromium, with a new profile and without calls to anybody. @param more arguments */
export function openBrowser(...more: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...more,
    ],
  });
}
