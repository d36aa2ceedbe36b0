import { Duplex } from 'node:stream';
import { controlFrame, dataFrame, FrameReader, frameType, numbers, resetReason, type Frame } from './frames.ts';
import { EmptyHeaders, HeaderReader } from './headers.ts';

/** How many bytes may wait in a stream that nobody reads, before it is ended. */
const mostWaiting = 1024 * 1024;

/** How many streams may be open at the same time. */
const mostStreams = 256;

export interface SpdyStream extends Duplex {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface SpdyOptions {
  /** Takes what is to be sent; resolves when there is room for more. */
  send: (bytes: Uint8Array) => Promise<void>;
  /** The client has opened a stream. */
  onStream: (stream: SpdyStream) => void;
  /** The client doesn't speak SPDY/3: nothing more is read. */
  onError: (error: Error) => void;
}

/**
 * The server's side of a SPDY/3 connection, as far as Kubernetes uses it: streams that the client opens, their headers,
 * data both ways, pings. There is no flow control: Kubernetes' own (moby/spdystream) has none.
 */
export class SpdySession {
  readonly #options: SpdyOptions;
  readonly #reader = new FrameReader();
  readonly #headers = new HeaderReader();
  readonly #replies = new EmptyHeaders();
  readonly #streams = new Map<number, Stream>();
  /** Frames are handled one after the other, as their headers depend on those before. */
  #queue: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: SpdyOptions) {
    this.#options = options;
  }

  /** Bytes came from the client. */
  receive(bytes: Uint8Array): void {
    this.#queue = this.#queue.then(async () => {
      if (this.#closed) return;
      try {
        for (const frame of this.#reader.read(bytes)) await this.#handle(frame);
      } catch (error) {
        this.close();
        this.#options.onError(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** Ends every stream. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stream of this.#streams.values()) stream.destroy();
    this.#streams.clear();
    this.#headers.close();
    this.#replies.close();
  }

  async #handle(frame: Frame): Promise<void> {
    if (frame.kind === 'data') {
      const stream = this.#streams.get(frame.stream);
      stream?.came(frame.data, frame.fin);
      return;
    }
    const { type, body } = frame;
    if (type === frameType.synStream) await this.#open(body, frame.fin);
    else if (type === frameType.ping) await this.#options.send(controlFrame(frameType.ping, body));
    else if (type === frameType.rstStream) this.#streams.get(body.readUInt32BE(0) & 0x7fff_ffff)?.destroy();
    else if (type === frameType.goAway) return;
  }

  async #open(body: Buffer, isLast: boolean): Promise<void> {
    const id = body.readUInt32BE(0) & 0x7fff_ffff;
    const headers = await this.#headers.read(body.subarray(10));
    if (this.#streams.size >= mostStreams || this.#streams.has(id)) {
      await this.#options.send(controlFrame(frameType.rstStream, numbers(id, resetReason.protocolError)));
      return;
    }
    const stream = new Stream(headers, {
      send: (data, last) => (this.#closed ? Promise.resolve() : this.#options.send(dataFrame(id, data, last))),
      reset: () => {
        if (!this.#closed) void this.#options.send(controlFrame(frameType.rstStream, numbers(id, resetReason.cancel)));
      },
    });
    this.#streams.set(id, stream);
    stream.on('close', () => this.#streams.delete(id));
    if (isLast) stream.came(Buffer.alloc(0), true);
    const reply = Buffer.concat([numbers(id), await this.#replies.write()]);
    await this.#options.send(controlFrame(frameType.synReply, reply));
    this.#options.onStream(stream);
  }
}

class Stream extends Duplex implements SpdyStream {
  readonly headers: ReadonlyMap<string, string>;
  readonly #peer: { send: (data: Uint8Array, last: boolean) => Promise<void>; reset: () => void };
  #ended = false;

  constructor(
    headers: ReadonlyMap<string, string>,
    peer: { send: (data: Uint8Array, last: boolean) => Promise<void>; reset: () => void },
  ) {
    super({ allowHalfOpen: true });
    this.headers = headers;
    this.#peer = peer;
  }

  /** Something came. After the last of it nothing more is taken. */
  came(data: Buffer, isLast: boolean): void {
    if (this.#ended) return;
    if (data.length > 0) this.push(data);
    this.#ended = isLast;
    if (isLast) this.push(null);
    else if (this.readableLength > mostWaiting) this.destroy();
  }

  override _read(): void {
    // What comes is pushed as it comes.
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#peer.send(data, false).then(() => done(), done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#peer.send(Buffer.alloc(0), true).then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.writableFinished) this.#peer.reset();
    done(error);
  }
}
