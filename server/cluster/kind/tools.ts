import { z } from 'zod';
import { HaechiError } from '../../errors.ts';
import { explain } from './explain.ts';
import { oldestKind } from './names.ts';
import { runTool } from './run-tool.ts';

/** A daemon that hangs, as a Docker Desktop that is about to start, is none. */
const patienceMs = 10_000;

/** Of `docker info --format '{{json .}}'` (moby, api/types/system/info.go). */
const DockerInfo = z.looseObject({ MemTotal: z.number(), Architecture: z.string(), ServerVersion: z.string() });

export interface Tools {
  kindVersion: string;
  dockerVersion: string;
  /** What all containers may take together. */
  memoryBytes: number;
  /** As image platforms name it: `linux/amd64`. */
  platform: string;
}

/**
 * Asks Docker and kind whether they are there and can be used.
 * @throws HaechiError `docker-missing`, `docker-denied`, `docker-not-running`, `kind-missing`, `kind-too-old`,
 *   `tool-failed`; the signal's reason
 */
export async function checkTools(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Tools> {
  // Both come to an end, so that no program is left.
  const [docker, kind] = await Promise.allSettled([
    dockerInfo(environment, signal),
    versionOfKind(environment, signal),
  ]);
  if (docker.status === 'rejected') throw docker.reason;
  if (kind.status === 'rejected') throw kind.reason;
  const { ServerVersion, MemTotal, Architecture } = docker.value;
  return {
    kindVersion: kind.value,
    dockerVersion: ServerVersion,
    memoryBytes: MemTotal,
    platform: `linux/${Architecture === 'aarch64' || Architecture === 'arm64' ? 'arm64' : 'amd64'}`,
  };
}

async function dockerInfo(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<z.infer<typeof DockerInfo>> {
  const limit = AbortSignal.timeout(patienceMs);
  try {
    const answer = await runTool('docker', ['info', '--format', '{{json .}}'], {
      environment,
      signal: AbortSignal.any([signal, limit]),
    });
    return DockerInfo.parse(JSON.parse(answer));
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted)
      throw new HaechiError('docker-not-running', { words: `no answer within ${patienceMs / 1000} s` });
    throw explain(error);
  }
}

/** `kind v0.33.0 go1.26.3 linux/amd64`; a build between releases is `v0.34.0-alpha+…` (kind, pkg/cmd/kind/version). */
async function versionOfKind(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<string> {
  let answer;
  try {
    answer = await runTool('kind', ['version'], { environment, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error);
  }
  const version = /\bv(\d+\.\d+\.\d+\S*)/.exec(answer)?.[1];
  if (version === undefined || isOlder(version, oldestKind)) {
    throw new HaechiError('kind-too-old', { found: version ?? (answer.trim() || '?'), oldest: oldestKind });
  }
  return version;
}

function isOlder(version: string, than: string): boolean {
  const parts = (text: string) => (text.split(/[-+]/)[0] ?? '').split('.').map(Number);
  const [major = 0, minor = 0, patch = 0] = parts(version);
  const [wantedMajor = 0, wantedMinor = 0, wantedPatch = 0] = parts(than);
  return (major - wantedMajor || minor - wantedMinor || patch - wantedPatch) < 0;
}
