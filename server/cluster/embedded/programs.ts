import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HaechiError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { buildPrograms, usualGo } from './build-programs.ts';
import { cacheFolder } from './cache-folder.ts';
import { downloadPrograms, forgetDownloads } from './download-programs.ts';
import { clearLeftovers } from './leftovers.ts';
import { waitForLock } from './lock.ts';
import { kubernetesVersion, minimumGo, programNames, type ProgramName, type Programs } from './program-names.ts';
import { beginStep, type OnProgress } from '../report.ts';

/** The programs of a folder, and those that it doesn't have as executable files. */
export async function lookInto<N extends ProgramName>(
  folder: string,
  names: readonly N[],
): Promise<{ programs: Record<N, string>; missing: N[] }> {
  const paths = names.map((name) => [name, resolve(join(folder, name))] as const);
  const missing: N[] = [];
  for (const [name, path] of paths) if (!(await isProgram(path))) missing.push(name);
  return { programs: Object.fromEntries(paths) as Record<N, string>, missing };
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // Not there, or not for us.
    return false;
  }
}

/** The programs of a folder that the user named. @throws HaechiError `programs-missing` */
export async function programsOf<N extends ProgramName>(
  folder: string,
  names: readonly N[],
): Promise<Record<N, string>> {
  const { programs, missing } = await lookInto(folder, names);
  if (missing.length > 0) throw new HaechiError('programs-missing', { folder, names: missing.join(', ') });
  return programs;
}

/** Programs of one version that are kept in one folder. */
export interface ProgramSet<N extends ProgramName> {
  names: readonly N[];
  /** The version of Kubernetes. */
  version: string;
  /** Where they are kept; made if it isn't there. */
  folder: string;
  /** Whether the Go module here builds them: it is of one version. */
  buildable: boolean;
}

export interface ProgramOptions {
  log: Log;
  /** A folder that has all programs; nothing else is looked at then. */
  programsDir?: string | undefined;
  /** Where the release files come from instead of their publishers. */
  mirror?: string | undefined;
  /** Names or paths that Go may be found by, in order; the usual ones if not given. */
  go?: readonly string[] | undefined;
  /** For the cache folder, proxies and Go; the process's own if not given. */
  environment?: NodeJS.ProcessEnv | undefined;
}

/**
 * Finds the programs of the control plane: in the folder that the user named; else in this version's cache.
 * @throws HaechiError `programs-missing`, `programs-unavailable`; the signal's reason when aborted
 */
export async function findPrograms(
  options: ProgramOptions,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Programs> {
  if (options.programsDir !== undefined) return programsOf(options.programsDir, programNames);
  const folder = await cacheFolder(options.environment ?? process.env);
  const set = { names: programNames, version: kubernetesVersion, folder, buildable: true };
  return cachedPrograms(set, options, signal, onProgress);
}

/**
 * The programs of a cache folder, which is filled first where it has to be, by the official release files or else by a
 * build. Only one process at a time fills it.
 * @throws HaechiError `programs-unavailable`; the signal's reason when aborted
 */
export async function cachedPrograms<N extends ProgramName>(
  set: ProgramSet<N>,
  options: ProgramOptions,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Record<N, string>> {
  const { folder, names } = set;
  const cached = await lookInto(folder, names);
  if (cached.missing.length === 0) return cached.programs;

  await mkdir(folder, { recursive: true });
  const lock = await waitForLock(join(folder, 'lock'), signal, (holder) => {
    const pid = holder?.pid ?? '?';
    beginStep(onProgress, 'wait-for-programs', {
      ko: `다른 Haechi(프로세스 ${pid})가 프로그램을 마련하기를 기다리는 중`,
      en: `Waiting for another Haechi (process ${pid}) to prepare the programs`,
    });
  });
  try {
    const meanwhile = await lookInto(folder, names);
    if (meanwhile.missing.length === 0) return meanwhile.programs;
    await clearLeftovers(join(folder, 'pids'), folder, options.log);
    await fill(set, options, signal, onProgress);
    return await programsOf(folder, names);
  } finally {
    lock.release();
  }
}

async function fill(
  { folder, names, version, buildable }: ProgramSet<ProgramName>,
  options: ProgramOptions,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<void> {
  const environment = options.environment ?? process.env;
  const common = { folder, names, environment, signal, onProgress };
  const failure = async (way: Promise<void>) => {
    try {
      await way;
      return null;
    } catch (error) {
      signal.throwIfAborted();
      return error instanceof Error ? error.message : String(error);
    }
  };
  const download = await failure(downloadPrograms({ ...common, version, mirror: options.mirror }));
  if (download === null) return;
  options.log.info({ reason: download }, 'no release files; building the programs instead');
  const build = buildable
    ? await failure(buildPrograms({ ...common, go: options.go ?? usualGo }))
    : `only ${kubernetesVersion} can be built here`;
  if (build === null) {
    await forgetDownloads(folder);
    return;
  }
  throw new HaechiError('programs-unavailable', {
    version,
    cache: folder,
    download,
    build,
    go: minimumGo,
    names: names.join(', '),
  });
}
