import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject, vi } from 'vitest';
import type { Attempt } from '../../server/contract/attempt.ts';
import { noWebGl, openBrowser } from './browser.ts';

export const lab = 'week-08/production-lockdown';
/** Generous: two cores may be busy with others. */
export const soon = { timeout: 30_000, interval: 50 };

/** One browser for the tests of a file, on the platform that all share. */
export class Stage {
  readonly url = inject('platform');
  /** What pages threw or wrote to the console as an error; a test that leaves any fails. */
  readonly faults: string[] = [];
  browser!: Browser;

  async newPage(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.browser.newPage({
      viewport: { width: 1280, height: 720 },
      locale: 'en-US',
      reducedMotion: 'reduce',
      ...options,
    });
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(message.text());
    });
    return page;
  }

  /** A page of the lab, its attempt open and its first shell with it. */
  async newLabPage(options: BrowserContextOptions = {}): Promise<Page> {
    await this.startLab();
    const page = await this.newPage(options);
    await page.goto(`${this.url}/labs/${lab}`);
    return page;
  }

  /** Starts the lab unless it is open. */
  async startLab(): Promise<Attempt> {
    if ((await this.#open())?.lab !== lab) {
      const { status } = await this.#send('POST', '/api/attempts', { lab, replace: true });
      expect(status).toBe(202);
    }
    return vi.waitFor(async () => {
      const attempt = await this.#open();
      if (attempt?.state !== 'active' && attempt?.state !== 'solved') throw new Error('the lab has not started');
      return attempt;
    }, soon);
  }

  /** Ends whatever attempt is open. */
  async endLab(): Promise<void> {
    const attempt = await this.#open();
    if (attempt) await this.#send('DELETE', `/api/attempts/${attempt.id}`);
  }

  async #open(): Promise<Attempt | undefined> {
    const attempts = (await (await fetch(`${this.url}/api/attempts`)).json()) as Attempt[];
    return attempts.find(({ state }) => state === 'preparing' || state === 'active' || state === 'solved');
  }

  #send(method: string, path: string, body: unknown = {}): Promise<Response> {
    const headers = { 'x-haechi': '1', 'content-type': 'application/json' };
    return fetch(`${this.url}${path}`, { method, headers, body: JSON.stringify(body) });
  }
}

/**
 * Opens a stage before a file's tests and closes it after them.
 * @param webgl terminals are drawn by it
 */
export function useStage({ webgl = false } = {}): Stage {
  const stage = new Stage();
  beforeAll(async () => {
    stage.browser = await openBrowser(...(webgl ? [] : [noWebGl]));
  });
  afterEach(() => {
    expect(stage.faults.splice(0)).toEqual([]);
  });
  afterAll(() => stage.browser.close());
  return stage;
}
