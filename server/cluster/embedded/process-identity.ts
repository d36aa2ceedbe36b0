import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/**
 * A process that can't be mistaken for a later one with the same number: `startTime` is what the system says of its
 * beginning (clock ticks since boot on Linux, else a date as text).
 */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

/** Undefined when there is no such process (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = existsSync('/proc/self/stat') ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

export function isAlive(process: ProcessIdentity): boolean {
  return identify(process.pid)?.startTime === process.startTime;
}

/** Sends a signal to exactly that process; false when it is gone. */
export function signal(target: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(target)) return false;
  try {
    process.kill(target.pid, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** SIGTERM, then SIGKILL after `graceMs`. Resolves when it is gone. */
export async function terminate(target: ProcessIdentity, graceMs: number): Promise<void> {
  const deadline = Date.now() + graceMs;
  let killed = false;
  signal(target, 'SIGTERM');
  while (isAlive(target)) {
    if (!killed && Date.now() >= deadline) {
      signal(target, 'SIGKILL');
      killed = true;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resident memory in bytes; undefined where the system doesn't say. */
export function residentMemory(pid: number): number | undefined {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '');
  return match ? Number(match[1]) * 1024 : undefined;
}

/** Pids whose environment holds this variable with this value. Empty where there is no /proc. */
export function findByEnvironment(pids: readonly number[], name: string, value: string): ProcessIdentity[] {
  return pids.flatMap((pid) => {
    const entries = (read(`/proc/${pid}/environ`) ?? '').split('\0');
    const identity = entries.includes(`${name}=${value}`) ? identify(pid) : undefined;
    return identity ? [identity] : [];
  });
}

/** proc(5): field 22 is the start time; field 2, the name in parentheses, may hold spaces and parentheses itself. */
function startTimeFromProc(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    // ps ends with 1 when there is no such process.
    return undefined;
  }
}

/** Undefined when the process went away, or belongs to someone else. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
