import { open, readdir, readFile, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { scrollbackLimits, Scrollback } from './scrollback.ts';

/** A part of a terminal's output: the file `<number>.<offset>.out` has the bytes from `offset` on. */
interface Segment {
  path: string;
  offset: number;
}

const segmentBytes = 2 << 20;
const saveEveryMs = 100;
const readAtOnce = 256 << 10;

/**
 * Keeps a terminal's scrollback on disk, a little behind, so that it is there after a crash. Output that comes faster
 * than it is saved and has left the scrollback already is never written.
 */
export class ScrollbackFile {
  readonly #folder: string;
  readonly #number: number;
  readonly #scrollback: Scrollback;
  readonly #log: Log;
  readonly #segments: Segment[];
  #handle: FileHandle | undefined;
  #saved: number;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();

  private constructor(folder: string, number: number, scrollback: Scrollback, segments: Segment[], log: Log) {
    this.#folder = folder;
    this.#number = number;
    this.#scrollback = scrollback;
    this.#segments = segments;
    this.#saved = scrollback.end;
    this.#log = log;
  }

  /** For what the scrollback will take from now on. */
  static create(folder: string, number: number, scrollback: Scrollback, log: Log): ScrollbackFile {
    return new ScrollbackFile(folder, number, scrollback, [], log);
  }

  /** Reads what was saved of a terminal; an empty scrollback where nothing was. */
  static async load(folder: string, number: number): Promise<Scrollback> {
    const segments = await segmentsOf(folder, number);
    let start = 0;
    let kept: Buffer[] = [];
    let end = 0;
    for (const { path, offset } of segments) {
      const bytes = await readFile(path);
      if (offset !== end) {
        kept = []; // Output between was never saved.
        start = offset;
      }
      kept.push(bytes);
      end = offset + bytes.length;
    }
    const bytes = Buffer.concat(kept);
    const excess = Math.max(0, bytes.length - scrollbackLimits.mostBytes);
    return Scrollback.restore(start + excess, bytes.subarray(excess));
  }

  static async remove(folder: string, number: number): Promise<void> {
    for (const { path } of await segmentsOf(folder, number)) await rm(path, { force: true });
  }

  /** There is more to save. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#save(() => this.#write());
    }, saveEveryMs);
  }

  /** Saves what is left and closes. Never rejects. */
  close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#save(async () => {
      await this.#write();
      await this.#handle?.close();
      this.#handle = undefined;
    });
  }

  #save(work: () => Promise<void>): Promise<void> {
    this.#saving = this.#saving.then(work).catch((error: unknown) => this.#giveUp(error));
    return this.#saving;
  }

  async #write(): Promise<void> {
    const scrollback = this.#scrollback;
    const until = scrollback.end;
    while (this.#saved < until) {
      const current = this.#segments.at(-1);
      const gap = this.#saved < scrollback.start;
      if (gap) this.#saved = scrollback.start;
      if (!this.#handle || gap || !current || this.#saved - current.offset >= segmentBytes) await this.#begin();
      const bytes = scrollback.read(this.#saved, readAtOnce);
      await this.#handle?.appendFile(bytes);
      this.#saved += bytes.length;
    }
  }

  /** Begins a segment where the last one ends, and deletes those that scrollback is past. */
  async #begin(): Promise<void> {
    await this.#handle?.close();
    const offset = this.#saved;
    const path = join(this.#folder, `${this.#number}.${offset}.out`);
    this.#handle = await open(path, 'w', 0o600);
    this.#segments.push({ path, offset });
    for (;;) {
      const [first, second] = this.#segments;
      if (!first || !second || second.offset > this.#scrollback.start) return;
      await rm(first.path, { force: true });
      this.#segments.shift();
    }
  }

  #giveUp(error: unknown): void {
    this.#log.warn({ err: error, folder: this.#folder, terminal: this.#number }, 'scrollback could not be saved');
    // What is left of the failed write is found as a gap by the next one, in a segment of its own.
    this.#saved = this.#scrollback.end;
    void this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
  }
}

async function segmentsOf(folder: string, number: number): Promise<Segment[]> {
  const names = await readdir(folder);
  return names
    .map((name) => /^(\d+)\.(\d+)\.out$/.exec(name))
    .filter((match) => match !== null)
    .filter((match) => Number(match[1]) === number)
    .map((match) => ({ path: join(folder, match[0]), offset: Number(match[2]) }))
    .sort((a, b) => a.offset - b.offset);
}
