import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Terminal, TerminalOutput } from '../../../server/contract/terminal.ts';
import { Pacer } from '../../../server/terminal/pacer.ts';
import { ScrollbackFile } from '../../../server/terminal/scrollback-file.ts';
import { Scrollback } from '../../../server/terminal/scrollback.ts';
import { Shell } from '../../../server/terminal/shell.ts';
import { FakePty } from './fake-pty.ts';

const piece = Buffer.from('y\r\n'.repeat(1_000));
let folder: string;
let pacer: Pacer;
let changes: Terminal[];
const shells: Shell[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-shell-'));
  pacer = new Pacer();
  changes = [];
});
afterEach(async () => {
  for (const shell of shells.splice(0)) {
    shell.detachAll();
    await shell.end();
  }
  pacer.stop();
  await rm(folder, { recursive: true });
});

async function start(): Promise<{ shell: Shell; pty: FakePty }> {
  const terminal: Terminal = {
    id: 'a.1',
    attempt: 'a',
    number: 1,
    state: 'running',
    exitCode: null,
    size: { columns: 80, rows: 24 },
  };
  const scrollback = new Scrollback();
  const file = ScrollbackFile.create(folder, 1, scrollback, pino({ level: 'silent' }));
  const shell = new Shell({ terminal, scrollback, file, pacer, onChange: (changed) => changes.push(changed.terminal) });
  const started: FakePty[] = [];
  await shell.start((listeners) => {
    const pty = new FakePty(listeners);
    started.push(pty);
    return pty;
  });
  shells.push(shell);
  const [pty] = started;
  if (!pty) throw new Error('not started');
  return { shell, pty };
}

describe('back-pressure', () => {
  test('a view that shows nothing holds the shell within a window, and goes on where it left off', async () => {
    const { shell, pty } = await start();
    const outputs: TerminalOutput[] = [];
    const view = shell.attach(0, (output) => outputs.push(output));
    let written = 0;
    for (let round = 0; round < 40; round++) {
      written += pty.flood(piece, 1_000);
      await sleep(10);
    }
    expect(pty.paused).toBe(true);
    expect(written).toBeGreaterThan(256 << 10);
    expect(written).toBeLessThan((256 + 80) << 10);
    const sent = outputs.reduce((sum, { data }) => sum + data.length, 0);
    expect(sent).toBeLessThanOrEqual((256 + 16) << 10);

    // All of it is shown: the rest comes, nothing lost, nothing twice, and the shell may go on.
    view.seen(sent);
    await vi.waitFor(() => expect(pty.paused).toBe(false));
    const all = Buffer.concat(outputs.map(({ data }) => data));
    expect(all.length).toBe(written);
    expect(all.equals(Buffer.concat(Array.from({ length: written / piece.length }, () => piece)))).toBe(true);
    expect(outputs.map(({ offset }) => offset)).toEqual(
      outputs.map((_, index) => outputs.slice(0, index).reduce((sum, { data }) => sum + data.length, 0)),
    );
  });

  test('the fastest of two views sets the pace; the other one skips what is gone, and is told by the offset', async () => {
    const { shell, pty } = await start();
    const fast = shell.attach(0, ({ offset, data }) => fast.seen(offset + data.length));
    const slow: TerminalOutput[] = [];
    const slowView = shell.attach(0, (output) => slow.push(output));
    let written = 0;
    await vi.waitFor(
      () => {
        written += pty.flood(piece, 100);
        expect(written).toBeGreaterThan(3 << 20);
      },
      { timeout: 10_000, interval: 10 },
    );
    const before = slow.length;
    slowView.seen(Number.MAX_SAFE_INTEGER);
    await vi.waitFor(() => expect(slow.length).toBeGreaterThan(before));
    const next = slow[before];
    expect(next?.offset).toBe(shell.scrollback.start - 4);
    expect(Buffer.from(next?.data.subarray(0, 7) ?? []).toString()).toBe('\x1b[0my\r\n');
  });

  test('without a view the shell runs on, slower, in bounded memory', async () => {
    const { shell, pty } = await start();
    const began = performance.now();
    let written = 0;
    while (performance.now() - began < 600) {
      written += pty.flood(piece, 1_000);
      await sleep(2);
    }
    expect(written).toBeGreaterThan(256 << 10);
    expect(written).toBeLessThan(2 << 20);
    expect(shell.scrollback.end).toBe(written);
  });

  test('typing that the program does not read waits, in order, and writers with it', async () => {
    const { shell, pty } = await start();
    pty.room = 4_096;
    const text = Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`).join('');
    let calm = false;
    const paste = shell.write(text).then(() => (calm = true));
    await sleep(30);
    expect(pty.read).toHaveLength(4_096);
    expect(calm).toBe(false);
    const feeding = setInterval(() => (pty.room += 20_000), 1);
    await paste;
    await shell.write('\x03');
    await vi.waitFor(() => expect(pty.read).toHaveLength(text.length + 1));
    clearInterval(feeding);
    expect(pty.read).toBe(`${text}\x03`);
  });

  test('more than 4 MiB that nobody reads is refused', async () => {
    const { shell, pty } = await start();
    pty.room = 0;
    void shell.write('x'.repeat(4 << 20));
    await expect(shell.write('x')).rejects.toMatchObject({ code: 'terminal-input-full' });
  });

  test('a character that a client cut in two arrives whole', async () => {
    const { shell, pty } = await start();
    await shell.write('🐉'.slice(0, 1));
    await shell.write(`${'🐉'.slice(1)}해치`);
    expect(Buffer.from(pty.read, 'latin1').toString()).toBe('🐉해치');
  });
});

describe('output', () => {
  test('the first byte goes at once; what follows within 4 ms goes together', async () => {
    const { shell, pty } = await start();
    const outputs: string[] = [];
    const view = shell.attach(0, ({ offset, data }) => {
      outputs.push(Buffer.from(data).toString());
      view.seen(offset + data.length);
    });
    await sleep(10);
    pty.listeners.onOutput(Buffer.from('a'));
    expect(outputs).toEqual(['a']);
    for (const letter of 'bcd') pty.listeners.onOutput(Buffer.from(letter));
    expect(outputs).toEqual(['a']);
    await vi.waitFor(() => expect(outputs).toEqual(['a', 'bcd']));
  });

  test('nothing is sent before attaching has returned, and nothing after detaching', async () => {
    const { shell, pty } = await start();
    pty.listeners.onOutput(Buffer.from('before'));
    const outputs: TerminalOutput[] = [];
    const view = shell.attach(2, (output) => outputs.push(output));
    expect([view.from, outputs.length]).toEqual([2, 0]);
    await vi.waitFor(() => expect(outputs).toEqual([{ terminal: 'a.1', offset: 2, data: Buffer.from('fore') }]));
    view.detach();
    pty.listeners.onOutput(Buffer.from('after'));
    await sleep(20);
    expect(outputs).toHaveLength(1);
  });

  test('an ended shell says so, keeps its output, and takes no more', async () => {
    const { shell, pty } = await start();
    pty.listeners.onOutput(Buffer.from('exit\r\n'));
    pty.listeners.onExit(3);
    expect(changes).toEqual([shell.terminal]);
    expect(shell.terminal).toMatchObject({ state: 'ended', exitCode: 3 });
    await expect(shell.write('x')).rejects.toMatchObject({ code: 'terminal-ended' });
    const outputs: TerminalOutput[] = [];
    shell.attach(0, (output) => outputs.push(output));
    await vi.waitFor(() => expect(outputs).toHaveLength(1));
  });
});
