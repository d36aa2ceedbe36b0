import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isNodeError } from '../folders.ts';

export interface ProcessInfo {
  pid: number;
  parent: number;
  /** Generations below the root: 0 for the root itself. */
  depth: number;
  /** Bytes of memory that it shares with no other. */
  memory: number;
}

const pageBytes = 4096;
/** Between so many files of /proc, or so many trees, others get their turn: a millisecond or less of reading. */
const filesAtOnce = 40;
const treesAtOnce = 8;

/**
 * The processes below each of some root processes, the root first. A process whose parent has died has the sandbox's
 * first process as its parent, so none gets away.
 */
export async function processesBelow(roots: readonly number[]): Promise<Map<number, ProcessInfo[]>> {
  const children = new Map<number, number[]>();
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  for (const [index, name] of pids.entries()) {
    if (index % filesAtOnce === filesAtOnce - 1) await othersTurn();
    const parent = Number(fieldsOf(Number(name))[1]);
    const siblings = children.get(parent);
    if (siblings) siblings.push(Number(name));
    else children.set(parent, [Number(name)]);
  }
  const below = (pid: number, parent: number, depth: number): ProcessInfo[] => [
    { pid, parent, depth, memory: memoryOf(pid) },
    ...(children.get(pid) ?? []).flatMap((child) => below(child, pid, depth + 1)),
  ];
  const trees = new Map<number, ProcessInfo[]>();
  for (const [index, root] of roots.entries()) {
    if (index % treesAtOnce === treesAtOnce - 1) await othersTurn();
    trees.set(root, below(root, 0, 0));
  }
  return trees;
}

/** Resolves once what else is due has been done. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** State, parent and what follows them in proc(5)'s stat; the program's name before them may have anything in it. */
function fieldsOf(pid: number): string[] {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function memoryOf(pid: number): number {
  const [, resident = 0, shared = 0] = readProc(`/proc/${pid}/statm`).split(' ').map(Number);
  return Math.max(0, resident - shared) * pageBytes;
}

/** Empty when the process has ended in between. */
function readProc(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if (isNodeError(error) && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}

const mostWaitMs = 5_000;

/** Resolves when none of the processes is there any more, or not after 5 seconds. */
export async function vanished(processes: readonly ProcessInfo[]): Promise<void> {
  const deadline = Date.now() + mostWaitMs;
  // A zombie has let go of everything; it only waits for a parent to ask how it ended.
  const isThere = ({ pid }: ProcessInfo) => !['', 'Z', 'X'].includes(fieldsOf(pid)[0] ?? '');
  while (processes.some(isThere) && Date.now() < deadline) await sleep(5);
}

const stopWithinMs = 200;

/**
 * Ends a process and all below it. It is stopped first, so that it can't start another in between: bubblewrap outside
 * that is killed just as it has started the one inside leaves that one behind, since it has not yet asked to go along.
 * @returns what has been told to end.
 */
export async function endTree(pid: number): Promise<ProcessInfo[]> {
  if (pid <= 1) throw new Error(`process ${pid} has no tree of its own`);
  signal(pid, 'SIGSTOP');
  const deadline = Date.now() + stopWithinMs;
  while (!['', 'T', 'Z', 'X'].includes(fieldsOf(pid)[0] ?? '') && Date.now() < deadline) await sleep(1);
  const below = (await processesBelow([pid])).get(pid) ?? [];
  for (const each of below.filter(({ depth }) => depth > 0)) signal(each.pid, 'SIGKILL');
  signal(pid, 'SIGKILL');
  return below;
}

/** Does nothing when the process has ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isNodeError(error) || error.code !== 'ESRCH') throw error;
  }
}
