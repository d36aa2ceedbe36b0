import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { Scrollback } from './scrollback.ts';

/** A file is written anew with what the scrollback still has when it has grown to this many bytes. */
const rewriteAt = 16 * 1024 * 1024;

/**
 * A terminal's scrollback, kept in a file so that it outlives the platform. The file begins with a line that says where
 * in the terminal's output it starts; what has been written is with the kernel, so `kill -9` loses nothing.
 */
export class KeptOutput {
  readonly scrollback: Scrollback;
  readonly #path: string;
  #file: number;
  #size: number;

  /** Goes on with the file if there is one. */
  constructor(path: string) {
    this.#path = path;
    const [start, content] = readKept(path);
    this.scrollback = new Scrollback(start);
    this.scrollback.append(content);
    this.#size = content.length;
    if (content.length === 0) writeFileSync(path, `${start}\n`, { mode: 0o600 });
    this.#file = openSync(path, 'a', 0o600);
  }

  append(data: Buffer<ArrayBuffer>): void {
    this.scrollback.append(data);
    writeSync(this.#file, data);
    this.#size += data.length;
    if (this.#size > rewriteAt) this.#rewrite();
  }

  close(): void {
    closeSync(this.#file);
  }

  delete(): void {
    this.close();
    rmSync(this.#path, { force: true });
  }

  #rewrite(): void {
    const { start, end } = this.scrollback;
    const content = this.scrollback.read(start, end - start);
    const fresh = `${this.#path}.new`;
    writeFileSync(fresh, Buffer.concat([Buffer.from(`${start}\n`), content]), { mode: 0o600 });
    renameSync(fresh, this.#path);
    closeSync(this.#file);
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#size = content.length;
  }
}

function readKept(path: string): [start: number, content: Buffer<ArrayBuffer>] {
  let bytes: Buffer<ArrayBuffer>;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [0, Buffer.alloc(0)];
    throw error;
  }
  const feed = bytes.indexOf(10);
  const start = Number(bytes.subarray(0, feed).toString());
  return Number.isSafeInteger(start) && feed > 0 ? [start, bytes.subarray(feed + 1)] : [0, Buffer.alloc(0)];
}
