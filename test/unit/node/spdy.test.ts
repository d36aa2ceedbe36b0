import { createDeflate, createInflate, constants, type Deflate } from 'node:zlib';
import { expect, test } from 'vitest';
import { headerDictionary } from '../../../server/cluster/embedded/node/spdy/dictionary.ts';
import {
  controlFrame,
  dataFrame,
  FrameReader,
  frameType,
  numbers,
  type Frame,
} from '../../../server/cluster/embedded/node/spdy/frames.ts';
import { SpdySession, type SpdyStream } from '../../../server/cluster/embedded/node/spdy/session.ts';

/** A client as Kubernetes' is: one compressor for all of its headers. */
class Client {
  readonly sent: Frame[] = [];
  readonly streams: SpdyStream[] = [];
  readonly errors: string[] = [];
  readonly session: SpdySession;
  readonly #deflate: Deflate = createDeflate({ dictionary: headerDictionary });

  constructor() {
    const reader = new FrameReader();
    this.session = new SpdySession({
      send: (bytes) => {
        this.sent.push(...reader.read(bytes));
        return Promise.resolve();
      },
      onStream: (stream) => this.streams.push(stream),
      onError: (error) => this.errors.push(error.message),
    });
  }

  async synStream(id: number, headers: Record<string, string>): Promise<Buffer> {
    const text = (word: string) => Buffer.concat([numbers(word.length), Buffer.from(word)]);
    const pairs = Object.entries(headers).flatMap(([name, value]) => [text(name), text(value)]);
    const block = Buffer.concat([numbers(pairs.length / 2), ...pairs]);
    const compressed = await new Promise<Buffer>((resolve) => {
      const parts: Buffer[] = [];
      this.#deflate.removeAllListeners('data').on('data', (part: Buffer) => parts.push(part));
      this.#deflate.write(block);
      this.#deflate.flush(constants.Z_SYNC_FLUSH, () => resolve(Buffer.concat(parts)));
    });
    return controlFrame(frameType.synStream, Buffer.concat([numbers(id, 0), Buffer.alloc(2), compressed]));
  }
}

const soon = { timeout: 2000, interval: 5 };

test('the dictionary has the length that the standard gives it', () => {
  expect(headerDictionary.length).toBe(1423);
});

test('frames are read from bytes that are cut anywhere', () => {
  const bytes = Buffer.concat([dataFrame(1, Buffer.from('one'), false), controlFrame(frameType.ping, numbers(7))]);
  const reader = new FrameReader();
  const frames = [...bytes].flatMap((byte) => reader.read(Buffer.from([byte])));
  expect(frames).toEqual([
    { kind: 'data', stream: 1, fin: false, data: Buffer.from('one') },
    { kind: 'control', type: frameType.ping, fin: false, body: numbers(7) },
  ]);
});

test('streams are opened with headers that refer to earlier ones, and answered', async () => {
  const client = new Client();
  for (const id of [1, 3]) {
    client.session.receive(await client.synStream(id, { StreamType: 'data', port: '8080', requestid: String(id) }));
  }
  await expect
    .poll(() => client.streams.map((stream) => Object.fromEntries(stream.headers)), soon)
    .toEqual([
      { streamtype: 'data', port: '8080', requestid: '1' },
      { streamtype: 'data', port: '8080', requestid: '3' },
    ]);
  const inflate = createInflate({ dictionary: headerDictionary });
  const blocks: Buffer[] = [];
  inflate.on('data', (part: Buffer) => blocks.push(part));
  for (const frame of client.sent) {
    expect(frame).toMatchObject({ kind: 'control', type: frameType.synReply });
    if (frame.kind === 'control') inflate.write(frame.body.subarray(4));
  }
  await expect.poll(() => Buffer.concat(blocks).toString('hex'), soon).toBe('0000000000000000');
  client.session.close();
});

test('data goes both ways, and each way ends on its own', async () => {
  const client = new Client();
  client.session.receive(await client.synStream(1, {}));
  await expect.poll(() => client.streams.length, soon).toBe(1);
  const [stream] = client.streams;
  client.session.receive(dataFrame(1, Buffer.from('ask'), false));
  client.session.receive(dataFrame(1, Buffer.alloc(0), true));
  const heard: string[] = [];
  for await (const part of stream?.iterator({ destroyOnReturn: false }) ?? []) heard.push(String(part));
  expect(heard).toEqual(['ask']);
  client.session.close();
});

test('what is written comes as frames, the last one marked', async () => {
  const client = new Client();
  client.session.receive(await client.synStream(1, {}));
  await expect.poll(() => client.streams.length, soon).toBe(1);
  client.streams[0]?.end('answer');
  await expect
    .poll(() => client.sent.filter(({ kind }) => kind === 'data'), soon)
    .toEqual([
      { kind: 'data', stream: 1, fin: false, data: Buffer.from('answer') },
      { kind: 'data', stream: 1, fin: true, data: Buffer.alloc(0) },
    ]);
  client.session.close();
});

test('pings come back', async () => {
  const client = new Client();
  client.session.receive(controlFrame(frameType.ping, numbers(5)));
  await expect
    .poll(() => client.sent, soon)
    .toEqual([{ kind: 'control', type: frameType.ping, fin: false, body: numbers(5) }]);
  client.session.close();
});

test.each([
  ['another version', Buffer.from('8002000100000000', 'hex'), 'a frame is of SPDY/2'],
  ['a frame without end', Buffer.from('00000001ffffffffff', 'hex'), 'a frame is too long'],
  ['headers that nothing compressed', controlFrame(1, Buffer.alloc(40, 0x61)), 'incorrect header check'],
  ['a frame without a body', controlFrame(1, Buffer.alloc(0)), 'Attempt to access memory outside buffer bounds'],
])('%s ends the connection', async (_name, bytes, message) => {
  const client = new Client();
  client.session.receive(bytes);
  await expect.poll(() => client.errors, soon).toEqual([message]);
});

test('data after the end, or of no stream, is nothing to fall over', async () => {
  const client = new Client();
  client.session.receive(await client.synStream(1, {}));
  await expect.poll(() => client.streams.length, soon).toBe(1);
  const failures: Error[] = [];
  client.streams[0]?.on('error', (error) => failures.push(error));
  client.session.receive(dataFrame(1, Buffer.from('last'), true));
  client.session.receive(dataFrame(1, Buffer.from('more'), true));
  client.session.receive(dataFrame(9, Buffer.from('nobody'), false));
  client.session.receive(controlFrame(frameType.ping, numbers(1)));
  await expect.poll(() => client.sent.at(-1), soon).toMatchObject({ type: frameType.ping });
  expect(client.errors).toEqual([]);
  expect(failures).toEqual([]);
  client.session.close();
});

test('a stream that nobody reads does not fill the memory', async () => {
  const client = new Client();
  client.session.receive(await client.synStream(1, {}));
  await expect.poll(() => client.streams.length, soon).toBe(1);
  for (let sent = 0; sent < 40; sent++) client.session.receive(dataFrame(1, Buffer.alloc(64 * 1024), false));
  await expect.poll(() => client.streams[0]?.destroyed, soon).toBe(true);
  client.session.close();
});
