import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { startPty as startRealPty, type StartPty } from './sandbox/local-pty.ts';
import { openLauncher } from './sandbox/open-launcher.ts';
import { SandboxPlaces } from './sandbox/sandbox-places.ts';
import { makeSystemFolder } from './sandbox/system-folder.ts';
import type { WardenLimits } from './sandbox/warden.ts';
import type { TerminalService } from './service.ts';
import { openTerminals } from './terminals.ts';

export interface TerminalServiceOptions {
  /** Everything is kept in it; no other process may use it. */
  dataFolder: string;
  /** Path of the program. */
  kubectl: string;
  log: Log;
  /** A shell without a sandbox will do where there can be none: for a single user on a loopback address. */
  allowUncontained?: boolean;
  wardenLimits?: WardenLimits;
  startPty?: StartPty;
}

/**
 * Terminals whose shells run in sandboxes on this machine.
 * @throws HaechiError `shells-not-contained` when there can be no sandbox and there must be.
 */
export async function createTerminalService(options: TerminalServiceOptions): Promise<TerminalService> {
  const { dataFolder, kubectl, log, startPty = startRealPty } = options;
  const attempts = join(dataFolder, 'attempts');
  await mkdir(attempts, { recursive: true });
  // Learners' users, who can't see these folders but from a sandbox, walk through them to their own.
  for (const folder of [dataFolder, attempts]) await chmod(folder, 0o711);
  const system = await makeSystemFolder(dataFolder, kubectl, log);
  const launcher = await openLauncher(system, join(dataFolder, 'trial'), options.allowUncontained ?? false, log);
  const places = new SandboxPlaces({ ...options, launcher, startPty });
  return openTerminals({ folder: attempts, places, log });
}
