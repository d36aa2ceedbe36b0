import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import packages from '../packages.json' with { type: 'json' };

/** A program (by name, or a file by its path) and the Debian package that brings it. */
export interface Requirement {
  program: string;
  package: string;
  /** The only kind of place that needs it; both where there is none. */
  place?: string;
}

/** What shells need of the machine. scripts/prepare.js reads the same list and installs it where it may. */
export const requirements: readonly Requirement[] = packages.filter(({ place }) => place !== 'pod');

/** Those that aren't there. @param path folders to look in, as in the PATH variable. */
export async function missingRequirements(path: string): Promise<Requirement[]> {
  const found = await Promise.all(requirements.map(({ program }) => isThere(program, path.split(':'))));
  return requirements.filter((_, index) => !found[index]);
}

async function isThere(program: string, folders: string[]): Promise<boolean> {
  const candidates = program.startsWith('/') ? [program] : folders.map((folder) => join(folder, program));
  const readable = program.startsWith('/') ? constants.R_OK : constants.X_OK;
  for (const candidate of candidates) {
    const there = await access(candidate, readable).then(
      () => true,
      () => false,
    );
    if (there) return true;
  }
  return false;
}
