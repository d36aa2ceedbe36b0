import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { PlatformProcess } from './platform.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the platform is that all browser tests share but those that stop theirs. */
    platform: string;
  }
}

/** Starts one platform for the browser tests, and stops it after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'haechi-browser-'));
  const platform = await PlatformProcess.start(folder);
  project.provide('platform', platform.url);
  return async () => {
    await platform.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
}
