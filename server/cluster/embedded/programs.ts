import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { HaechiError } from '../../errors.ts';
import { cacheFolder } from './cache-folder.ts';
import type { OnProgress } from './report.ts';
import { programNames, type ProgramName, type Programs } from './program-names.ts';

/** The programs of a folder, and those that it doesn't have as executable files. */
export async function lookInto(folder: string): Promise<{ programs: Programs; missing: ProgramName[] }> {
  const programs = Object.fromEntries(programNames.map((name) => [name, resolve(join(folder, name))])) as Programs;
  const missing: ProgramName[] = [];
  for (const name of programNames) {
    await access(programs[name], constants.X_OK).catch(() => missing.push(name));
  }
  return { programs, missing };
}

/** The programs of a folder that the user named. @throws HaechiError `programs-missing` */
export async function programsOf(folder: string): Promise<Programs> {
  const { programs, missing } = await lookInto(folder);
  if (missing.length > 0) throw new HaechiError('programs-missing', { folder, names: missing.join(', ') });
  return programs;
}

export interface ProgramOptions {
  /** A folder that has all programs; nothing else is looked at then. */
  programsDir?: string;
  environment?: NodeJS.ProcessEnv;
}

/** Finds the programs. */
export async function findPrograms(
  options: ProgramOptions,
  signal: AbortSignal,
  _onProgress: OnProgress,
): Promise<Programs> {
  if (options.programsDir !== undefined) return programsOf(options.programsDir);
  signal.throwIfAborted();
  return programsOf(await cacheFolder(options.environment ?? process.env));
}
