import { constants, createDeflate, createInflate } from 'node:zlib';
import { headerDictionary } from './dictionary.ts';

/** The longest header block that is taken, decompressed. */
const mostBytes = 64 * 1024;

/** One direction of a connection's headers: each block is compressed with what the blocks before it said. */
export class HeaderReader {
  readonly #inflate = createInflate({ dictionary: headerDictionary, finishFlush: constants.Z_SYNC_FLUSH });
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor() {
    // Whoever reads is told; nobody else is to be.
    this.#inflate.on('error', () => undefined);
    this.#inflate.on('data', (part: Buffer) => {
      this.#bytes += part.length;
      this.#parts.push(part);
      if (this.#bytes > mostBytes) this.#inflate.destroy(new Error('a header block is too long'));
    });
  }

  /** Names in lower case. Blocks are to be read in the order in which they came. @throws Error when it can't be read */
  async read(block: Uint8Array): Promise<Map<string, string>> {
    await new Promise<void>((resolve, reject) => {
      this.#inflate.once('error', reject);
      this.#inflate.write(block, (error) => {
        this.#inflate.off('error', reject);
        if (error) reject(error);
        else resolve();
      });
    });
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return parse(bytes);
  }

  close(): void {
    this.#inflate.close();
  }
}

/** A compressed block without headers, as the first of its direction. What follows says the same: nothing more. */
export class EmptyHeaders {
  readonly #deflate = createDeflate({ dictionary: headerDictionary });
  #parts: Buffer[] = [];

  constructor() {
    this.#deflate.on('error', () => undefined);
    this.#deflate.on('data', (part: Buffer) => this.#parts.push(part));
  }

  async write(): Promise<Buffer> {
    await new Promise<void>((resolve, reject) => {
      this.#deflate.once('error', reject);
      this.#deflate.write(Buffer.alloc(4));
      this.#deflate.flush(constants.Z_SYNC_FLUSH, () => {
        this.#deflate.off('error', reject);
        resolve();
      });
    });
    const block = Buffer.concat(this.#parts);
    this.#parts = [];
    return block;
  }

  close(): void {
    this.#deflate.close();
  }
}

/** A number of pairs, each a name and a value after its length (2.6.10). */
function parse(bytes: Buffer): Map<string, string> {
  let at = 0;
  const number = () => {
    at += 4;
    return bytes.readUInt32BE(at - 4);
  };
  const text = () => {
    const length = number();
    if (at + length > bytes.length) throw new Error('a header block ends too early');
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  const pairs = number();
  const headers = new Map<string, string>();
  for (let index = 0; index < pairs; index++) {
    const name = text();
    headers.set(name.toLowerCase(), text());
  }
  return headers;
}
