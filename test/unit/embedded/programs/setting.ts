import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../../../server/cluster/embedded/cache-folder.ts';
import type { Programs } from '../../../../server/cluster/embedded/program-names.ts';
import { findPrograms, type ProgramOptions } from '../../../../server/cluster/embedded/programs.ts';
import type { Progress } from '../../../../server/contract/progress.ts';
import { openLog } from '../../../../server/log.ts';
import { StandInGo } from './go.ts';
import { ReleaseMirror } from './mirror.ts';

/** A machine for one test: a cache of its own, a mirror, and a Go that can be there or not. */
export interface Setting {
  folder: string;
  cache: string;
  environment: NodeJS.ProcessEnv;
  mirror: ReleaseMirror;
  go: StandInGo;
  /** Everything that was told so far, by all calls of `find`. */
  told: Progress[];
  find: (options?: Partial<ProgramOptions>, signal?: AbortSignal) => Promise<Programs>;
  /** Names in the cache, but that of the lock. */
  cached: () => Promise<string[]>;
  close: () => Promise<void>;
}

export async function openSetting(): Promise<Setting> {
  const folder = await mkdtemp(join(tmpdir(), 'haechi-programs-'));
  const mirror = await ReleaseMirror.start(join(folder, 'releases'));
  const go = new StandInGo(join(folder, 'go'));
  const environment = { PATH: `${go.folder}:/usr/bin:/bin`, XDG_CACHE_HOME: join(folder, 'cache') };
  const cache = await cacheFolder(environment);
  const told: Progress[] = [];
  const log = openLog('silent');
  return {
    folder,
    cache,
    environment,
    mirror,
    go,
    told,
    find: (options = {}, signal = AbortSignal.timeout(15_000)) =>
      findPrograms({ log, environment, mirror: mirror.url, go: ['go'], ...options }, signal, (progress) => {
        told.push(progress);
      }),
    cached: async () => (await readdir(cache)).filter((name) => !name.startsWith('lock')).toSorted(),
    close: async () => {
      await mirror.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An address where nobody listens. */
export const nowhere = 'http://127.0.0.1:61';
