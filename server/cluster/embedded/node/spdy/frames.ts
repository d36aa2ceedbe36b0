/** Control frames of SPDY/3 that a port-forward uses (draft-mbelshe-httpbis-spdy-00, 2.6). */
export const frameType = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7 } as const;

/** Flag of the last frame of one direction of a stream. */
const fin = 1;

/** Why a stream is refused or ended (2.6.3). */
export const resetReason = { protocolError: 1, cancel: 5 } as const;

/** The longest frame that is taken; Go's copies send 32 KiB at a time. */
const mostBytes = 1024 * 1024;

export type Frame =
  | { kind: 'data'; stream: number; fin: boolean; data: Buffer }
  | { kind: 'control'; type: number; fin: boolean; body: Buffer };

/** Cuts a stream of bytes into frames: eight bytes of head (2.2), then as many as they say. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws Error when these can't be frames of SPDY/3 */
  read(bytes: Uint8Array): Frame[] {
    let rest = Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    while (rest.length >= 8) {
      const length = rest.readUIntBE(5, 3);
      if (length > mostBytes) throw new Error('a frame is too long');
      if (rest.length < 8 + length) break;
      frames.push(frameOf(rest.subarray(0, 8), rest.subarray(8, 8 + length)));
      rest = rest.subarray(8 + length);
    }
    this.#rest = Buffer.from(rest);
    return frames;
  }
}

function frameOf(head: Buffer, body: Buffer): Frame {
  const isLast = (head.readUInt8(4) & fin) !== 0;
  const first = head.readUInt32BE(0);
  if (first < 0x8000_0000) return { kind: 'data', stream: first, fin: isLast, data: Buffer.from(body) };
  const version = (first >>> 16) & 0x7fff;
  if (version !== 3) throw new Error(`a frame is of SPDY/${version}`);
  return { kind: 'control', type: first & 0xffff, fin: isLast, body: Buffer.from(body) };
}

export function dataFrame(stream: number, data: Uint8Array, isLast: boolean): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(stream, 0);
  head.writeUInt32BE(((isLast ? fin : 0) << 24) | data.length, 4);
  return Buffer.concat([head, data]);
}

export function controlFrame(type: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE((0x8003_0000 | type) >>> 0, 0);
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** A number of a stream, or the like, as a body. */
export function numbers(...values: number[]): Buffer {
  const body = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => body.writeUInt32BE(value, index * 4));
  return body;
}
