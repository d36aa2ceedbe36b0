import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openBrowser } from './browser.ts';
import { soon, useStage } from './stage.ts';

const stage = useStage();

/** What becomes of a request that a page makes: its status, or that the browser or the server refused it. */
function fetchFrom(page: Page, url: string, options = '{}'): Promise<number | string> {
  return page.evaluate<number | string>(
    `fetch(${JSON.stringify(url)}, ${options}).then((answer) => answer.status, () => 'refused')`,
  );
}

function openSocketFrom(page: Page, url: string): Promise<string> {
  return page.evaluate<string>(`new Promise((resolve) => {
    const socket = new WebSocket(${JSON.stringify(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`)});
    socket.onopen = () => resolve('opened');
    socket.onerror = () => resolve('refused');
  })`);
}

test('a name that somebody points at this machine gets nothing (DNS rebinding)', async () => {
  const { port } = new URL(stage.url);
  const browser = await openBrowser('--host-resolver-rules=MAP evil.example 127.0.0.1');
  try {
    const page = await browser.newPage();
    const evil = `http://evil.example:${port}`;
    const answer = await page.goto(evil);
    expect(answer?.status()).toBe(403);
    expect(await page.content()).not.toContain('id="app"');
    expect(await fetchFrom(page, `${evil}/api/attempts`)).toBe(403);
    expect(await fetchFrom(page, `${evil}/api/attempts`, `{ method: 'POST', headers: { 'x-haechi': '1' } }`)).toBe(403);
    expect(await fetchFrom(page, `${evil}/socket.io/?EIO=4&transport=polling`)).not.toBe(200);
    expect(await openSocketFrom(page, evil)).toBe('refused');
  } finally {
    await browser.close();
  }
});

test('a page of another origin reaches neither API nor terminal, nor shows ours in a frame', async () => {
  const attempt = await stage.startLab();
  const elsewhere = createServer((_request, response) => response.end(`<iframe src="${stage.url}"></iframe>`));
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const page = await stage.newPage();
  try {
    // `localhost` is another site than 127.0.0.1, and the other port at 127.0.0.1 another origin of the same site.
    for (const host of ['localhost', '127.0.0.1']) {
      await page.goto(`http://${host}:${(elsewhere.address() as AddressInfo).port}`);
      expect(await fetchFrom(page, `${stage.url}/api/attempts`)).toBe('refused');
      const ending = `{ method: 'DELETE', headers: { 'x-haechi': '1' } }`;
      expect(await fetchFrom(page, `${stage.url}/api/attempts/${attempt.id}`, ending)).toBe('refused');
      // A plain form's request is sent, and its answer hidden; it must change nothing.
      await fetchFrom(page, `${stage.url}/api/attempts/${attempt.id}/reset`, `{ method: 'POST', mode: 'no-cors' }`);
      expect(await fetchFrom(page, `${stage.url}/socket.io/?EIO=4&transport=polling`)).toBe('refused');
      expect(await openSocketFrom(page, stage.url)).toBe('refused');
      await expect.poll(() => page.frames()[1]?.url(), soon).toBe('chrome-error://chromewebdata/');
    }
  } finally {
    await page.close();
    elsewhere.close();
    // What the browser refused it also wrote to the console.
    stage.faults.length = 0;
  }
  const after = await stage.startLab();
  expect([after.id, after.state]).toEqual([attempt.id, attempt.state]);
});

test('without a browser, a foreign Origin is refused all the same', async () => {
  const headers = { origin: 'https://evil.example', 'x-haechi': '1' };
  const { status } = await fetch(`${stage.url}/api/attempts`, { method: 'POST', headers });
  expect(status).toBe(403);
  const socket = new WebSocket(`${stage.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { headers });
  const outcome = await new Promise<string>((resolve) => {
    socket.onopen = () => resolve('opened');
    socket.onerror = () => resolve('refused');
  });
  expect(outcome).toBe('refused');
});
