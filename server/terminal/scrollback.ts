/** How much of a terminal's past is kept. */
const most = { lines: 10_000, bytes: 4 * 1024 * 1024 };

/** What a terminal wrote, by its position in all that it ever wrote. The oldest lines go first. */
export class Scrollback {
  #chunks: Buffer<ArrayBuffer>[] = [];
  #start: number;
  #end: number;
  #lines = 0;

  /** @param start position of the first byte that will be appended. */
  constructor(start = 0) {
    this.#start = start;
    this.#end = start;
  }

  /** Position of the oldest byte that is kept. */
  get start(): number {
    return this.#start;
  }

  /** Position after the newest byte. */
  get end(): number {
    return this.#end;
  }

  append(data: Buffer<ArrayBuffer>): void {
    if (data.length === 0) return;
    this.#chunks.push(data);
    this.#end += data.length;
    this.#lines += countLines(data);
    while (this.#chunks.length > 1 && (this.#lines > most.lines || this.#end - this.#start > most.bytes)) {
      const [oldest] = this.#chunks.splice(0, 1);
      if (!oldest) return;
      this.#start += oldest.length;
      this.#lines -= countLines(oldest);
    }
  }

  /**
   * Where a replay from `after` begins: there, or where the kept part begins its first whole line, so that neither a
   * character nor an escape sequence is cut.
   */
  replayFrom(after: number): number {
    if (after > this.#end) return this.#end;
    if (after >= this.#start) return after;
    let position = this.#start;
    for (const chunk of this.#chunks) {
      const feed = chunk.indexOf(10);
      if (feed >= 0) return position + feed + 1;
      position += chunk.length;
    }
    return this.#start;
  }

  /** Up to `length` bytes from a position on; empty at the end. The position must not be before `start`. */
  read(from: number, length: number): Buffer<ArrayBuffer> {
    const parts: Buffer<ArrayBuffer>[] = [];
    let position = this.#start;
    let wanted = length;
    for (const chunk of this.#chunks) {
      const next = position + chunk.length;
      if (next > from && wanted > 0) {
        const part = chunk.subarray(Math.max(0, from - position)).subarray(0, wanted);
        parts.push(part);
        wanted -= part.length;
      }
      position = next;
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }
}

function countLines(data: Buffer): number {
  let lines = 0;
  for (let index = data.indexOf(10); index >= 0; index = data.indexOf(10, index + 1)) lines++;
  return lines;
}
