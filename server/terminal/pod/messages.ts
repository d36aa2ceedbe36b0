/**
 * Messages between the platform and the agent of a workbench pod, as images/workbench/agent has them: a letter, the length
 * of the rest (4 bytes, big-endian) and the rest.
 */
export interface Message {
  letter: string;
  rest: Buffer;
}

/** The agent sends none that is larger. */
const largest = 256 << 10;
const headBytes = 5;

export function encode(letter: string, rest: Buffer | string = ''): Buffer {
  const bytes = typeof rest === 'string' ? Buffer.from(rest) : rest;
  const head = Buffer.alloc(headBytes);
  head.write(letter, 0, 1, 'latin1');
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** 8 bytes. */
export function encodePosition(position: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(position));
  return bytes;
}

/** @throws RangeError when there are no 8 bytes at the offset. */
export function decodePosition(bytes: Buffer, offset = 0): number {
  return Number(bytes.readBigUInt64BE(offset));
}

/** How the agent is told of a program: how many arguments, the arguments, and its whole environment. */
export function encodeProgram(argv: readonly string[], environment: Record<string, string>): string[] {
  return [String(argv.length), ...argv, ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)];
}

/** Puts messages together from the pieces that they come in. */
export class MessageReader {
  #bytes: Buffer = Buffer.alloc(0);

  /** @throws Error when that is no message: whatever runs in a learner's pod may have sent it. */
  *read(piece: Buffer): Generator<Message> {
    this.#bytes = this.#bytes.length === 0 ? piece : Buffer.concat([this.#bytes, piece]);
    while (this.#bytes.length >= headBytes) {
      const end = headBytes + this.#bytes.readUInt32BE(1);
      if (end > largest) throw new Error(`a message of ${end} bytes came from a workbench`);
      if (this.#bytes.length < end) return;
      const message = { letter: this.#bytes.toString('latin1', 0, 1), rest: this.#bytes.subarray(headBytes, end) };
      this.#bytes = this.#bytes.subarray(end);
      yield message;
    }
  }
}
