import { lstat, statfs } from 'node:fs/promises';
import type { Log } from '../../log.ts';
import { isNodeError, measureTree } from '../folders.ts';
import { notice } from '../notice.ts';
import { processesBelow, signal, type ProcessInfo } from './processes.ts';

export interface WardenLimits {
  /** Of all processes of a terminal together. */
  memoryBytes: number;
  /** Of an attempt's home, /tmp and ~/.kube together. */
  diskBytes: number;
  files: number;
}

export const wardenLimits: WardenLimits = { memoryBytes: 768 << 20, diskBytes: 256 << 20, files: 20_000 };

/** One attempt as the warden sees it. */
export interface Ward {
  attempt: string;
  folders: string[];
  /** Terminals that run: their outermost process, and how to tell the learner. */
  terminals: { pid: number; say: (text: string) => void; end: () => void }[];
}

const lookEveryMs = 1_000;
const measureAtLeastEveryMs = 5_000;
/** So much less room on the disk, and every attempt's files are measured at once. */
const alarmingBytes = 48 << 20;
/** Over the limit, files may still be deleted and small ones written. */
const toleratedGrowth = 1 << 20;
/** bwrap outside and bwrap inside; below them is the shell. */
const shellDepth = 2;

/**
 * Watches over what the kernel's limits for single processes don't: the memory of a whole sandbox and the room its files
 * take on disk. It counts files every five seconds, and at once when the disk's free room shrinks fast; for that long an
 * attempt can exceed its room, with files of at most 64 MiB each. (Quotas and loop devices need what an ordinary user
 * doesn't have.)
 */
export class Warden {
  readonly #wards: () => Ward[];
  readonly #dataFolder: string;
  readonly #log: Log;
  readonly #limits: WardenLimits;
  readonly #usage = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #measuredAt = 0;
  #free: number | undefined;

  constructor(options: { wards: () => Ward[]; dataFolder: string; log: Log; limits?: WardenLimits }) {
    this.#wards = options.wards;
    this.#dataFolder = options.dataFolder;
    this.#log = options.log;
    this.#limits = options.limits ?? wardenLimits;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
        .catch((error: unknown) => this.#log.error({ err: error }, 'terminals could not be watched over'))
        .finally(() => {
          if (this.#timer) this.start();
        });
    }, lookEveryMs);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#looking;
  }

  async #look(): Promise<void> {
    const wards = this.#wards().filter(({ terminals }) => terminals.length > 0);
    if (wards.length === 0) return;
    await this.#lookAtMemory(wards);
    const { bavail, bsize } = await statfs(this.#dataFolder);
    const free = bavail * bsize;
    const shrunk = (this.#free ?? free) - free > alarmingBytes;
    if (!shrunk && Date.now() - this.#measuredAt < measureAtLeastEveryMs) return;
    this.#free = free;
    this.#measuredAt = Date.now();
    for (const ward of wards) await this.#lookAtFiles(ward);
  }

  async #lookAtMemory(wards: Ward[]): Promise<void> {
    const terminals = wards.flatMap((ward) => ward.terminals.map((terminal) => ({ ...terminal, ward })));
    const found = await processesBelow(terminals.map(({ pid }) => pid));
    for (const { pid, say, ward } of terminals) {
      const processes = found.get(pid) ?? [];
      const memory = processes.reduce((sum, process) => sum + process.memory, 0);
      if (memory <= this.#limits.memoryBytes) continue;
      const largest = processes
        .filter(({ depth }) => depth >= shellDepth)
        .reduce<ProcessInfo | undefined>((most, each) => (most && most.memory >= each.memory ? most : each), undefined);
      if (!largest) continue;
      const megabytes = this.#limits.memoryBytes >> 20;
      signal(largest.pid, 'SIGKILL');
      this.#log.info({ attempt: ward.attempt, memory, pid: largest.pid }, 'a learner’s process took too much memory');
      say(
        notice(`메모리를 ${megabytes} MB 넘게 써서 끝냈습니다`, `Ended: it took more than ${megabytes} MB of memory`),
      );
    }
  }

  async #lookAtFiles({ attempt, folders, terminals }: Ward): Promise<void> {
    const { diskBytes, files } = this.#limits;
    let bytes = 0;
    let entries = 0;
    for (const folder of folders) {
      const measured = await measureTree(folder, diskSize, files);
      bytes += measured.bytes;
      entries += measured.entries;
    }
    const before = this.#usage.get(attempt) ?? 0;
    this.#usage.set(attempt, bytes);
    const over = bytes > diskBytes || entries > files;
    if (!over || bytes - before <= toleratedGrowth) return;
    this.#log.info({ attempt, bytes, entries }, 'a learner’s files take too much room');
    for (const { say, end } of terminals) {
      say(
        notice(
          `파일이 ${diskBytes >> 20} MB(${files}개)를 넘어 셸을 끝냈습니다. 새 터미널에서 파일을 지우세요`,
          `The shell was ended: files take more than ${diskBytes >> 20} MB (${files} files). Delete some in a new terminal`,
        ),
      );
      end();
    }
  }
}

async function diskSize(path: string): Promise<number> {
  const found = await lstat(path).catch((error: unknown) => {
    if (isNodeError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found ? found.blocks * 512 : 0;
}
