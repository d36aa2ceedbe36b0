import { createHash, randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { encodeProgram } from '../../../server/terminal/pod/messages.ts';
import { RemotePty, type RemotePtyOptions } from '../../../server/terminal/pod/remote-pty.ts';
import { runRemote } from '../../../server/terminal/pod/run-remote.ts';
import { LocalAgent } from './local-agent.ts';

const environment = { PATH: '/usr/bin:/bin', HOME: '/tmp', PS1: '$ ', LANG: 'C.UTF-8', GREETING: '안녕 = 해치' };
const bash = encodeProgram(['bash', '--norc', '--noediting', '-i'], environment);
const plain = (script: string) => encodeProgram(['bash', '-c', `exec 2>&1\n${script}`], environment);

let agent: LocalAgent;
const left: RemotePty[] = [];
beforeEach(() => {
  agent = new LocalAgent();
});
afterEach(async () => {
  for (const pty of left.splice(0)) pty.leave();
  await agent.stop();
});

/** A shell in the agent, and all that has come of it. */
class Seen {
  bytes = Buffer.alloc(0);
  exitCode: number | null | undefined;
  lost = false;
  gaps: number[] = [];
  readonly pty: RemotePty;

  constructor(options: Partial<RemotePtyOptions> = {}) {
    this.pty = new RemotePty({
      openLink: agent.openLink,
      number: 1,
      size: { columns: 100, rows: 30 },
      program: bash,
      after: 0,
      listeners: {
        onOutput: (bytes) => (this.bytes = Buffer.concat([this.bytes, bytes])),
        onGap: (position) => this.gaps.push(position),
        onExit: (exitCode) => (this.exitCode = exitCode),
      },
      onLost: () => (this.lost = true),
      log: pino({ level: 'silent' }),
      ...options,
    });
    left.push(this.pty);
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }

  /** Types all of it, as fast as it is taken. */
  async type(text: string): Promise<void> {
    for (let rest = Buffer.from(text); rest.length > 0;) {
      rest = rest.subarray(this.pty.write(rest));
      if (rest.length > 0) await sleep(2);
    }
  }

  async until(wanted: string | RegExp, timeout = 20_000): Promise<void> {
    await vi.waitFor(
      () =>
        expect(
          typeof wanted === 'string' ? this.text.includes(wanted) : wanted.test(this.text),
          this.text.slice(-300),
        ).toBe(true),
      { timeout, interval: 5 },
    );
  }
}

const numbers = (to: number) => Array.from({ length: to }, (_, index) => `${index + 1}\r\n`).join('');

test('typing is echoed, the environment is what it was told, and the exit code comes', async () => {
  const shell = new Seen();
  await shell.until('$ ');
  await shell.type('echo "$GREETING"; tty; stty size; exit 3\r');
  await vi.waitFor(() => expect(shell.exitCode).toBe(3));
  expect(shell.text).toMatch(/\n안녕 = 해치\r\n\/dev\/pts\/\d+\r\n30 100\r\n/);
  expect(shell.text).not.toContain('no job control');
});

test('a new size reaches the program, also one of while the way was cut off', async () => {
  const shell = new Seen();
  await shell.until('$ ');
  shell.pty.resize({ columns: 77, rows: 21 });
  await shell.type('stty size\r');
  await shell.until('21 77\r\n');
  agent.away = true;
  agent.cut();
  shell.pty.resize({ columns: 66, rows: 20 });
  await sleep(50);
  agent.away = false;
  await shell.type('stty size\r');
  await shell.until('20 66\r\n');
});

test('output in the middle of which the way is cut off again and again comes whole and once', async () => {
  const shell = new Seen();
  await shell.until('$ ');
  await shell.type("stty -echo\rseq 1 120000; echo e''nd\r");
  for (let round = 0; round < 25; round++) {
    await sleep(8);
    agent.cut();
  }
  await shell.until('end\r\n');
  const from = shell.text.indexOf('1\r\n2\r\n');
  expect(shell.text.slice(from, shell.text.indexOf('end\r\n'))).toBe(numbers(120_000));
  expect(shell.gaps).toEqual([]);
});

test('1 MB that is pasted while the way is cut off again and again arrives whole and once', async () => {
  const shell = new Seen();
  await shell.until('$ ');
  await shell.type(
    'stty -echo; cat > /tmp/haechi-agent-paste; sha256sum < /tmp/haechi-agent-paste; rm /tmp/haechi-agent-paste\r',
  );
  await sleep(300);
  const text = Array.from({ length: 14_000 }, (_, line) => `${line} ${randomBytes(33).toString('hex')}\n`).join('');
  let cuts = 0;
  const cutting = setInterval(() => {
    cuts++;
    agent.cut();
  }, 12);
  await shell.type(`${text.replaceAll('\n', '\r')}\x04`);
  clearInterval(cutting);
  await shell.until(createHash('sha256').update(text).digest('hex'));
  expect(cuts).toBeGreaterThan(3);
}, 40_000);

test('a command goes on while the platform is away, and another platform goes on where the first one stopped', async () => {
  const first = new Seen();
  await first.until('$ ');
  await first.type("for i in {1..40}; do echo line $i; sleep 0.01; done; echo o''ver\r");
  await first.until('line 3\r\n');
  first.pty.leave();
  await sleep(500);
  const second = new Seen({ program: undefined, after: first.bytes.length });
  await second.until('over\r\n');
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index + 1}\r\n`).join('');
  expect(first.text + second.text).toContain(lines);
  // It types on as if it were the first.
  await second.type('echo "2" n""d\r');
  await second.until('2 nd\r\n');
});

test('yes that nobody reads waits, in bounded memory, and goes on; others are not stalled', async () => {
  const flood = new Seen();
  await flood.until('$ ');
  await flood.type('yes\r');
  await flood.until('y\r\ny\r\n');
  flood.pty.pause();
  await sleep(300);
  const held = flood.bytes.length;
  await sleep(300);
  expect(flood.bytes.length).toBe(held);
  const memory = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${agent.process.pid}/status`, 'utf8'))?.[1];
  expect(Number(memory)).toBeLessThan(24 << 10);
  const other = new Seen({ number: 2 });
  const began = performance.now();
  await other.type('echo qu""ick\r');
  await other.until('quick\r\n');
  expect(performance.now() - began).toBeLessThan(1_000);
  flood.pty.resume();
  await vi.waitFor(() => expect(flood.bytes.length).toBeGreaterThan(held + (1 << 20)), { timeout: 10_000 });
  flood.pty.pause();
  await flood.type('\x03');
  flood.pty.resume();
  await flood.until(/\^C[^]*\$ $/);
  expect(
    flood.text
      .replace(/^[^]*?yes\r\n/, '')
      .replace(/\^C[^]*$/, '')
      .replace(/^(y\r\n)*/, ''),
  ).toMatch(/^(y\r?)?$/);
});

test('ending it ends what it started', async () => {
  const shell = new Seen();
  await shell.until('$ ');
  await shell.type('nohup sleep 4321 >/dev/null 2>&1 &\r');
  await shell.until(/\[1\] \d+/);
  const pid = /\[1\] (\d+)/.exec(shell.text)?.[1] ?? '';
  await shell.pty.end();
  await vi.waitFor(() => expect(shell.exitCode).toBe(137));
  await vi.waitFor(async () => expect(await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')).toBe(''));
});

test('a shell that the agent doesn’t know has been lost', async () => {
  const shell = new Seen({ program: undefined, number: 9 });
  await vi.waitFor(() => expect([shell.lost, shell.exitCode]).toEqual([true, null]));
});

test('a script has its exit code, and both streams as output', async () => {
  const { exitCode, output } = await runRemote(
    agent.openLink,
    plain('echo out; echo err >&2; sleep 300 & tty; exit 7'),
    AbortSignal.timeout(5_000),
  );
  expect([exitCode, output]).toEqual([7, 'out\nerr\nnot a tty\n']);
  const large = await runRemote(agent.openLink, plain('head -c 3M /dev/zero | tr "\\0" x'), AbortSignal.timeout(9_000));
  expect(large.output.length).toBeGreaterThanOrEqual(1 << 20);
  expect(large.output.length).toBeLessThan((1 << 20) + (32 << 10));
});

test('a script that is given up ends', async () => {
  const mark = `31${Math.floor(Math.random() * 1e6)}`;
  await expect(runRemote(agent.openLink, plain(`sleep ${mark}; true`), AbortSignal.timeout(300))).rejects.toThrow(
    'timeout',
  );
  await vi.waitFor(async () => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
    expect(commands.filter((command) => command === `sleep\0${mark}\0`)).toEqual([]);
  });
});

test('nothing that a connection sends ends the agent', async () => {
  for (const bytes of [
    'X',
    'S\0\0\0\0',
    'R\0\0\0\x018',
    'A\0\0\0\x01x',
    '\0'.repeat(100),
    'I\xff\xff\xff\xff',
    'P\0\0\0\0K\0\0\0\0',
  ]) {
    const socket = await agent.connect();
    socket.end(Buffer.from(bytes, 'latin1'));
  }
  const random = await agent.connect();
  random.end(randomBytes(100_000));
  const shell = new Seen();
  await shell.type('echo al""ive\r');
  await shell.until('alive\r\n');
});

test('two that attach to one shell take it from each other, and the shell stays', async () => {
  const first = new Seen();
  await first.until('$ ');
  const second = new Seen({ program: undefined, after: 0 });
  await second.type("for i in {1..40}; do echo line $i; sleep 0.02; done; echo o''ver\r");
  await sleep(1_500);
  first.pty.leave();
  await second.until('over\r\n');
  expect([second.lost, agent.process.exitCode]).toEqual([false, null]);
  expect(second.text).toContain(Array.from({ length: 40 }, (_, index) => `line ${index + 1}\r\n`).join(''));
});

test('output that the agent has let go is a gap, and what follows has its right position', async () => {
  const first = new Seen();
  await first.until('$ ');
  await first.type("head -c 2500000 /dev/zero | tr '\\0' x; echo e''nd\r");
  await first.until('end\r\n');
  first.pty.leave();
  const second = new Seen({ program: undefined, after: 100 });
  await second.until('end\r\n');
  expect(second.gaps).toHaveLength(1);
  const [gap = 0] = second.gaps;
  expect(gap).toBeGreaterThan(1_000_000);
  expect(second.bytes.equals(first.bytes.subarray(gap, gap + second.bytes.length))).toBe(true);
});
