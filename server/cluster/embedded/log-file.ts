import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A log that never takes more than about twice `maxBytes`: a full file becomes `<path>.1`, in place of the one before. */
export class LogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #descriptor: number;
  #size: number;

  constructor(path: string, maxBytes: number) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#descriptor = openSync(path, 'a', 0o600);
    this.#size = statSync(path).size;
  }

  /** Written at once, so that the last words of a process that dies are there. */
  write(data: Uint8Array): void {
    if (this.#descriptor < 0) return;
    if (this.#size > 0 && this.#size + data.length > this.#maxBytes) {
      closeSync(this.#descriptor);
      renameSync(this.#path, `${this.#path}.1`);
      this.#descriptor = openSync(this.#path, 'a', 0o600);
      this.#size = 0;
    }
    writeSync(this.#descriptor, data);
    this.#size += data.length;
  }

  close(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }
}
