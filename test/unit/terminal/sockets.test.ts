import { createServer } from 'node:http';
import { once } from 'node:events';
import { Server } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Answer, ClientToServer, ServerToClient } from '../../../server/contract/events.ts';
import type { Terminal, TerminalOutput } from '../../../server/contract/terminal.ts';
import { HaechiError } from '../../../server/errors.ts';
import { registerTerminalEvents } from '../../../server/terminal/sockets.ts';
import { FakePty, fakePtys } from './fake-pty.ts';
import { setupOf, Workshop } from './workshop.ts';

type ClientSocket = Socket<ServerToClient, ClientToServer>;

const ptys: FakePty[] = [];
const http = createServer();
const server = new Server<ClientToServer, ServerToClient>(http);
const clients: ClientSocket[] = [];
let workshop: Workshop;
let url: string;

beforeAll(async () => {
  workshop = await Workshop.open({ startPty: fakePtys(ptys), allowUncontained: true });
  await workshop.service.prepare(setupOf('mine'));
  await workshop.service.prepare(setupOf('theirs'));
  server.on('connection', (socket) => {
    registerTerminalEvents(
      socket,
      () => workshop.service,
      (attempt) => {
        if (attempt !== 'mine') throw new HaechiError('not-found', { what: `attempt ${attempt}` });
      },
    );
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(async () => {
  await server.close();
  await workshop.close();
});

async function connect(): Promise<ClientSocket> {
  const client: ClientSocket = io(url, { transports: ['websocket'] });
  clients.push(client);
  await new Promise<void>((resolve) => client.once('connect', resolve));
  return client;
}

/** Sends anything at all, as a client of ill will may. */
async function ask<T>(client: ClientSocket, event: keyof ClientToServer, payload: unknown): Promise<Answer<T>> {
  return (await (client as Socket).timeout(5_000).emitWithAck(event, payload)) as Answer<T>;
}

async function open(client: ClientSocket): Promise<{ terminal: Terminal; pty: FakePty }> {
  const answer = await ask<Terminal>(client, 'terminal:open', { attempt: 'mine', size: { columns: 80, rows: 24 } });
  const pty = ptys.at(-1);
  if (!answer.ok || !pty) throw new Error('not opened');
  return { terminal: answer.value, pty };
}

test('output comes after the answer, in bytes, from the asked position on', async () => {
  const client = await connect();
  const { terminal, pty } = await open(client);
  pty.listeners.onOutput(Buffer.from('안녕\r\n'));
  const order: string[] = [];
  const outputs: TerminalOutput[] = [];
  client.on('terminalWrote', (output) => {
    order.push('output');
    outputs.push(output);
  });
  const answer = await ask(client, 'terminal:attach', { terminal: terminal.id, after: 3 });
  order.unshift('answer');
  expect(answer).toEqual({ ok: true, value: { terminal, from: 3 } });
  await vi.waitFor(() => expect(outputs).toHaveLength(1));
  expect(order).toEqual(['answer', 'output']);
  expect(outputs[0]).toMatchObject({ terminal: terminal.id, offset: 3 });
  expect(Buffer.from(outputs[0]?.data ?? []).toString()).toBe('녕\r\n');
});

test('writing, resizing and closing reach the shell', async () => {
  const client = await connect();
  const { terminal, pty } = await open(client);
  expect(await ask(client, 'terminal:write', { terminal: terminal.id, data: 'ls\r' })).toEqual({
    ok: true,
    value: null,
  });
  expect(pty.read).toBe('ls\r');
  const size = { columns: 100, rows: 50 };
  expect(await ask(client, 'terminal:resize', { terminal: terminal.id, size })).toEqual({ ok: true, value: null });
  expect(workshop.service.list('mine').find(({ id }) => id === terminal.id)?.size).toEqual(size);
  expect(await ask(client, 'terminal:close', { terminal: terminal.id })).toEqual({ ok: true, value: null });
  expect(pty.ended).toBe(true);
  expect(await ask(client, 'terminal:attach', { terminal: terminal.id, after: 0 })).toMatchObject({
    ok: false,
    problem: { code: 'not-found' },
  });
});

test('what a client has seen lets the shell go on; a client that went doesn’t hold it', async () => {
  const client = await connect();
  const { terminal, pty } = await open(client);
  let end = 0;
  client.on('terminalWrote', ({ offset, data }) => (end = offset + data.length));
  await ask(client, 'terminal:attach', { terminal: terminal.id, after: 0 });
  const flood = () => pty.flood(Buffer.alloc(4_096, 'y'), 1_000);
  await vi.waitFor(() => {
    flood();
    expect(workshop.service.list('mine')).not.toEqual([]);
    expect(end).toBeGreaterThan(250 << 10);
  });
  await vi.waitFor(() => expect(pty.paused).toBe(true));
  client.emit('terminal:seen', { terminal: terminal.id, offset: end });
  await vi.waitFor(() => expect(pty.paused).toBe(false));
  await vi.waitFor(() => {
    flood();
    expect(pty.paused).toBe(true);
  });
  client.close();
  await vi.waitFor(() => expect(pty.paused).toBe(false));
});

test('another learner’s terminals can’t be used', async () => {
  const theirs = await workshop.service.open('theirs', { columns: 80, rows: 24 });
  const client = await connect();
  const refused = {
    ok: false,
    problem: { code: 'not-found', message: { en: 'There is no attempt theirs. Check the address.' } },
  };
  const size = { columns: 80, rows: 24 };
  expect(await ask(client, 'terminal:open', { attempt: 'theirs', size })).toMatchObject(refused);
  for (const [event, more] of [
    ['terminal:attach', { after: 0 }],
    ['terminal:write', { data: 'x' }],
    ['terminal:resize', { size }],
    ['terminal:close', {}],
  ] as const)
    expect(await ask(client, event, { terminal: theirs.id, ...more })).toMatchObject(refused);
  expect(ptys.at(-1)).toMatchObject({ read: '', ended: false });
});

test.each<[keyof ClientToServer, unknown, string]>([
  ['terminal:open', { attempt: 'mine', size: { columns: 1, rows: 24 } }, 'size.columns'],
  ['terminal:open', null, 'expected object'],
  ['terminal:attach', { terminal: 'mine.1', after: -1 }, 'after'],
  ['terminal:write', { terminal: 'mine.1', data: '가'.repeat(22_000) }, 'data: more than 65536 bytes'],
  ['terminal:write', { terminal: 'mine.1', data: 'x', more: 1 }, 'Unrecognized key'],
  ['terminal:close', { terminal: 7 }, 'terminal'],
])('%s with %j is refused', async (event, payload, issue) => {
  const answer = await ask(await connect(), event, payload);
  expect(answer).toMatchObject({ ok: false, problem: { code: 'invalid-request' } });
  expect(answer.ok ? '' : answer.problem.message.en).toContain(issue);
});

test('nonsense without an acknowledgement does no harm', async () => {
  const client = (await connect()) as Socket;
  client.emit('terminal:seen', 'nonsense');
  client.emit('terminal:write', { terminal: 'mine.1', data: 'x' });
  client.emit('terminal:detach');
  expect(await ask(client, 'terminal:detach', { terminal: 'none' })).toEqual({ ok: true, value: null });
});

test('a flood of requests is stopped', async () => {
  const client = await connect();
  const answers = await Promise.all(
    Array.from({ length: 2_500 }, () => ask(client, 'terminal:detach', { terminal: 'none' })),
  );
  expect(answers.filter(({ ok }) => ok).length).toBeGreaterThanOrEqual(1_500);
  // Any of them may be the one for which there is room again.
  const refused = answers.filter(({ ok }) => !ok);
  expect(refused.length).toBeGreaterThan(0);
  for (const answer of refused) expect(answer).toMatchObject({ problem: { code: 'too-many-requests' } });
});
