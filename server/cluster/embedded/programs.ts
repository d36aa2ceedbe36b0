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
import { beginStep, type OnProgress } from './report.ts';

/** The programs of a folder, and those that it doesn't have as executable files. */
export async function lookInto(folder: string): Promise<{ programs: Programs; missing: ProgramName[] }> {
  const programs = Object.fromEntries(programNames.map((name) => [name, resolve(join(folder, name))])) as Programs;
  const missing: ProgramName[] = [];
  for (const name of programNames) {
    if (!(await isProgram(programs[name]))) missing.push(name);
  }
  return { programs, missing };
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
export async function programsOf(folder: string): Promise<Programs> {
  const { programs, missing } = await lookInto(folder);
  if (missing.length > 0) throw new HaechiError('programs-missing', { folder, names: missing.join(', ') });
  return programs;
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
 * Finds the programs: in the folder that the user named; else in this version's cache, which is filled first where it
 * has to be, by the official release files or else by a build. Only one process at a time fills it.
 * @throws HaechiError `programs-missing`, `programs-unavailable`; the signal's reason when aborted
 */
export async function findPrograms(
  options: ProgramOptions,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Programs> {
  if (options.programsDir !== undefined) return programsOf(options.programsDir);
  const environment = options.environment ?? process.env;
  const folder = await cacheFolder(environment);
  const cached = await lookInto(folder);
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
    const meanwhile = await lookInto(folder);
    if (meanwhile.missing.length === 0) return meanwhile.programs;
    await clearLeftovers(join(folder, 'pids'), folder, options.log);
    await fill(folder, options, environment, signal, onProgress);
    return await programsOf(folder);
  } finally {
    lock.release();
  }
}

async function fill(
  folder: string,
  options: ProgramOptions,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<void> {
  const common = { folder, environment, signal, onProgress };
  const failure = async (way: Promise<void>) => {
    try {
      await way;
      return null;
    } catch (error) {
      signal.throwIfAborted();
      return error instanceof Error ? error.message : String(error);
    }
  };
  const download = await failure(downloadPrograms({ ...common, mirror: options.mirror }));
  if (download === null) return;
  options.log.info({ reason: download }, 'no release files; building the programs instead');
  const build = await failure(buildPrograms({ ...common, go: options.go ?? usualGo }));
  if (build === null) {
    await forgetDownloads(folder);
    return;
  }
  throw new HaechiError('programs-unavailable', {
    version: kubernetesVersion,
    cache: folder,
    download,
    build,
    go: minimumGo,
    names: programNames.join(', '),
  });
}
