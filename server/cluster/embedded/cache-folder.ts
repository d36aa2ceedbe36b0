import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { kubernetesVersion } from './program-names.ts';

/** The Go module that the programs are built from. */
export const moduleFolder = join(import.meta.dirname, 'control-plane');

/** `$XDG_CACHE_HOME/haechi/control-plane/v1.37.2-<hash of the Go module>`, or below ~/.cache. Another module, another folder. */
export async function cacheFolder(environment: NodeJS.ProcessEnv): Promise<string> {
  const hash = createHash('sha256');
  const names = (await readdir(moduleFolder, { recursive: true })).filter((name) => /\.(go|mod|sum)$/.test(name));
  for (const name of names.toSorted()) hash.update(name).update(await readFile(join(moduleFolder, name)));
  const root = environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(root, 'haechi', 'control-plane', `${kubernetesVersion}-${hash.digest('hex').slice(0, 12)}`);
}
