import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** Who has a lock, as it wrote it down itself. */
export interface LockHolder {
  pid: number;
  /** ISO 8601. */
  since: string;
}

export type LockResult = { acquired: true; lock: Lock } | { acquired: false; holder: LockHolder | undefined };

/**
 * A lock between processes. It is the system's own lock on a file (SQLite takes it, in the same way everywhere), so it
 * is gone with the process that had it, however that ended, and nobody ever has to guess whether one is stale. It is also
 * gone with this object: whoever has taken it keeps it until it is to be released.
 */
export class Lock {
  readonly #database: DatabaseSync;
  readonly #holderPath: string;

  constructor(database: DatabaseSync, holderPath: string) {
    this.#database = database;
    this.#holderPath = holderPath;
  }

  release(): void {
    if (!this.#database.isOpen) return;
    rmSync(this.#holderPath, { force: true });
    this.#database.close();
  }
}

/** Takes the lock at this path if nobody has it. */
export function tryLock(path: string): LockResult {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const holderPath = `${path}.holder`;
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    return { acquired: false, holder: readHolder(holderPath) };
  }
  const holder: LockHolder = { pid: process.pid, since: new Date().toISOString() };
  writeFileSync(holderPath, JSON.stringify(holder), { mode: 0o600 });
  return { acquired: true, lock: new Lock(database, holderPath) };
}

/** Waits for the lock; `onWait` is told once, when it must. Rejects with the signal's reason when aborted. */
export async function waitForLock(
  path: string,
  signal: AbortSignal,
  onWait: (holder: LockHolder | undefined) => void,
): Promise<Lock> {
  for (let first = true; ; first = false) {
    signal.throwIfAborted();
    const result = tryLock(path);
    if (result.acquired) return result.lock;
    if (first) onWait(result.holder);
    await sleep(250, undefined, { signal }).catch(() => undefined);
  }
}

function isBusy(error: unknown): boolean {
  // SQLITE_BUSY, https://sqlite.org/rescode.html
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}

function readHolder(path: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
  } catch {
    // It has taken the lock and not yet written who it is, or is just letting go.
    return undefined;
  }
}
