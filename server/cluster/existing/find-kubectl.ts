import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { HaechiError } from '../../errors.ts';
import { cacheFolder } from '../embedded/cache-folder.ts';
import { kubernetesVersion } from '../embedded/program-names.ts';
import { cachedPrograms, lookInto, programsOf, type ProgramOptions } from '../embedded/programs.ts';
import type { OnProgress } from '../report.ts';
import { kubectlFits, parseVersion, type Version } from './versions.ts';

const run = promisify(execFile);
const names = ['kubectl'] as const;
const patienceMs = 10_000;

const ClientVersion = z.looseObject({ clientVersion: z.looseObject({ gitVersion: z.string() }) });

/**
 * Finds a kubectl for an API server, within one minor version of it: in the folder that the user named; in the cache; on
 * PATH; the official release of the server's own version; else of the embedded cluster's version, which can also be built.
 * @throws HaechiError `programs-missing`, `kubectl-unfit`, `programs-unavailable`; the signal's reason when aborted
 */
export async function findKubectl(
  server: Version,
  options: ProgramOptions,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<string> {
  const environment = options.environment ?? process.env;
  if (options.programsDir !== undefined) return namedKubectl(options.programsDir, server, environment, signal);
  const ours = { names, version: kubernetesVersion, folder: await cacheFolder(environment), buildable: true };
  const oursFits = fits(kubernetesVersion, server);
  const cached = (await cachedKubectl(environment, server)) ?? (oursFits ? await kubectlIn(ours.folder) : null);
  const there = cached ?? (await kubectlOnPath(server, environment, signal));
  if (there !== null) return there;
  const folder = join(kubectlCache(environment), server.release);
  const release = { names, version: server.release, folder, buildable: false };
  try {
    return (await cachedPrograms(release, options, signal, onProgress)).kubectl;
  } catch (error) {
    signal.throwIfAborted();
    if (!oursFits) throw error;
    options.log.info({ err: error }, `no kubectl ${server.release}; ${kubernetesVersion} fits as well`);
    return (await cachedPrograms(ours, options, signal, onProgress)).kubectl;
  }
}

/** `$XDG_CACHE_HOME/haechi/kubectl`, or below ~/.cache: a folder a version. */
function kubectlCache(environment: NodeJS.ProcessEnv): string {
  return join(environment['XDG_CACHE_HOME'] ?? join(environment['HOME'] ?? homedir(), '.cache'), 'haechi', 'kubectl');
}

async function namedKubectl(
  folder: string,
  server: Version,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  const { kubectl } = await programsOf(folder, names);
  const version = await versionOf(kubectl, environment, signal);
  if (version !== null && kubectlFits(version, server)) return kubectl;
  throw new HaechiError('kubectl-unfit', {
    path: kubectl,
    found: version?.release ?? '?',
    server: server.release,
  });
}

async function cachedKubectl(environment: NodeJS.ProcessEnv, server: Version): Promise<string | null> {
  const root = kubectlCache(environment);
  const versions = await foldersIn(root);
  // The server's own version before its neighbours'.
  const fitting = versions.filter((version) => fits(version, server));
  for (const version of fitting.sort((a, b) => distance(a, server) - distance(b, server))) {
    const found = await kubectlIn(join(root, version));
    if (found !== null) return found;
  }
  return null;
}

async function foldersIn(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function kubectlIn(folder: string): Promise<string | null> {
  const { programs, missing } = await lookInto(folder, names);
  return missing.length === 0 ? programs.kubectl : null;
}

async function kubectlOnPath(
  server: Version,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string | null> {
  for (const folder of (environment['PATH'] ?? '').split(delimiter).filter((each) => each.startsWith('/'))) {
    const path = join(folder, 'kubectl');
    if (!(await isExecutable(path))) continue;
    const version = await versionOf(path, environment, signal);
    if (version !== null && kubectlFits(version, server)) return path;
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false; // Not there, or not for us.
  }
}

/** @returns null when it doesn't say: it may be no kubectl at all. */
async function versionOf(kubectl: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Version | null> {
  try {
    const { stdout } = await run(kubectl, ['version', '--client', '--output=json'], {
      env,
      signal,
      timeout: patienceMs,
    });
    return parseVersion(ClientVersion.parse(JSON.parse(stdout)).clientVersion.gitVersion);
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

function fits(version: string, server: Version): boolean {
  const parsed = parseVersion(version);
  return parsed !== null && kubectlFits(parsed, server);
}

function distance(version: string, server: Version): number {
  return Math.abs((parseVersion(version)?.minor ?? 0) - server.minor) + (version === server.release ? 0 : 0.5);
}
