import { Modes } from './modes.ts';

export interface ScrollbackLimits {
  /** Lines that are kept at least, as long as they take no more than `mostBytes`. */
  lines: number;
  /** Bytes that are kept at least, however many lines they are: views may be that far behind. */
  leastBytes: number;
  mostBytes: number;
}

export const scrollbackLimits: ScrollbackLimits = { lines: 10_000, leastBytes: 512 << 10, mostBytes: 4 << 20 };

const largestBlock = 64 << 10;
const smallestBlock = 4 << 10;
const lineFeed = 0x0a;
const escape = 0x1b;

interface Block {
  /** Position of its first byte in all output. */
  offset: number;
  bytes: Buffer<ArrayBuffer>;
  length: number;
  lines: number;
}

/**
 * The end of all that a terminal wrote, in bytes that keep their positions. What goes, goes up to a place where a screen
 * can begin: never within a UTF-8 character or an escape sequence.
 */
export class Scrollback {
  readonly #limits: ScrollbackLimits;
  readonly #modes = new Modes();
  #blocks: Block[] = [];
  #bytes = 0;
  #lines = 0;
  #start: number;
  #end: number;

  /** @param start position of the first byte to come. */
  constructor(limits: ScrollbackLimits = scrollbackLimits, start = 0) {
    this.#limits = limits;
    this.#start = start;
    this.#end = start;
  }

  /** Goes on from what was kept on disk, which may begin anywhere. */
  static restore(start: number, bytes: Buffer, limits: ScrollbackLimits = scrollbackLimits): Scrollback {
    const skipped = start === 0 ? 0 : cleanStart(bytes);
    const scrollback = new Scrollback(limits, start + skipped);
    scrollback.append(bytes.subarray(skipped));
    return scrollback;
  }

  /** Position of the first byte that is kept. */
  get start(): number {
    return this.#start;
  }

  /** Position behind the last byte. */
  get end(): number {
    return this.#end;
  }

  append(bytes: Buffer): void {
    for (let done = 0; done < bytes.length;) {
      const block = this.#blockWithRoom();
      const part = bytes.subarray(done, done + block.bytes.length - block.length);
      block.bytes.set(part, block.length);
      block.length += part.length;
      const lines = countLines(part);
      block.lines += lines;
      this.#lines += lines;
      this.#bytes += part.length;
      this.#end += part.length;
      done += part.length;
    }
  }

  /** What comes next is output at a later position; what lies before it is forgotten. */
  skipTo(position: number): void {
    if (position <= this.#end) return;
    this.#blocks = [];
    this.#bytes = 0;
    this.#lines = 0;
    this.#start = position;
    this.#end = position;
  }

  /**
   * Bytes from a position on, as many as lie together, at most `most`. They are not copied and never change.
   * Empty at the end. The position must not be before `start`.
   */
  read(from: number, most: number): Buffer<ArrayBuffer> {
    const block = this.#blocks.findLast(({ offset }) => offset <= from);
    if (!block) return Buffer.alloc(0);
    const begin = from - block.offset;
    return block.bytes.subarray(begin, Math.min(block.length, begin + most));
  }

  /** What brings a fresh terminal to the state it had at `start`; empty if nothing has gone. */
  opening(): Buffer<ArrayBuffer> {
    return this.#start === 0 ? Buffer.alloc(0) : this.#modes.restore();
  }

  #blockWithRoom(): Block {
    const last = this.#blocks.at(-1);
    if (last && last.length < last.bytes.length) return last;
    this.#trim();
    const capacity = Math.min(largestBlock, Math.max(smallestBlock, this.#bytes));
    const block = { offset: this.#end, bytes: Buffer.allocUnsafeSlow(capacity), length: 0, lines: 0 };
    this.#blocks.push(block);
    return block;
  }

  /** Lets the oldest blocks go. All blocks are full when this is called. */
  #trim(): void {
    const { lines, leastBytes, mostBytes } = this.#limits;
    for (;;) {
      const [first, second] = this.#blocks;
      if (!first || !second || this.#bytes - first.length < leastBytes) return;
      if (this.#lines - first.lines < lines && this.#bytes <= mostBytes) return;
      const begin = this.#start - first.offset;
      const skipped = cleanStart(second.bytes);
      this.#modes.pass(Buffer.concat([first.bytes.subarray(Math.max(0, begin)), second.bytes.subarray(0, skipped)]));
      this.#blocks.shift();
      this.#bytes -= first.length;
      this.#lines -= first.lines;
      this.#start = second.offset + skipped;
    }
  }
}

/**
 * The first place in a piece of output where a screen can begin: behind a line feed, else at an escape sequence's first
 * byte, else at a character's. (A line feed within an escape sequence is executed and the sequence goes on, but no
 * program writes that.)
 */
function cleanStart(bytes: Buffer): number {
  const feed = bytes.indexOf(lineFeed);
  if (feed >= 0) return feed + 1;
  const sequence = bytes.indexOf(escape);
  if (sequence >= 0) return sequence;
  // 10xxxxxx are the bytes of a character behind its first one.
  const character = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return Math.max(0, character);
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) lines++;
  return lines;
}
