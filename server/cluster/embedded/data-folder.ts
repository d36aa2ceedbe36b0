import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { HaechiError } from '../../errors.ts';
import { tryLock, type Lock } from './lock.ts';

/**
 * Makes the data folder this process's own, until the lock is released or the process ends.
 * @throws HaechiError `data-folder-in-use` when another process has it.
 */
export function lockDataFolder(folder: string): Lock {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const result = tryLock(join(realpathSync(folder), 'lock'));
  if (result.acquired) return result.lock;
  throw new HaechiError('data-folder-in-use', { folder, pid: result.holder?.pid ?? '?' });
}
