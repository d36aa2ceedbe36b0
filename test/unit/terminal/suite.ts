import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { Terminal } from '../../../server/contract/terminal.ts';
import type { TerminalService, WorkspaceSetup } from '../../../server/terminal/service.ts';
import { Client } from './client.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
/** Bytes of all buffers that are in use. */
function memory(): number {
  const seen = Array.from({ length: 4 }, () => {
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  });
  return Math.min(...seen);
}

const size = { columns: 120, rows: 30 };

/** A terminal service of some place, with what the suite needs around it. */
export interface TerminalWorkshop {
  service: TerminalService;
  /** The attempt's id: where a cluster is shared, other tests have attempts too. */
  id(name: string): string;
  setup(name: string): Promise<WorkspaceSetup>;
  /** Opens a terminal and waits for its prompt. */
  terminal(name: string): Promise<Client>;
  close(): Promise<void>;
}

/** What terminals do wherever their shells run. @param echoMs how soon half of what is typed is back while others flood. */
export function terminalSuite(open: () => Promise<TerminalWorkshop>, { echoMs }: { echoMs: number }): void {
  let workshop: TerminalWorkshop;
  beforeAll(async () => {
    workshop = await open();
  });
  afterAll(() => workshop.close());
  const setup = (name: string) => workshop.setup(name);
  /** A terminal of an attempt of its own. */
  const terminal = async (name: string) => {
    await workshop.service.prepare(await setup(name));
    return workshop.terminal(name);
  };

  test('the prompt has the namespace that kubectl uses and the path', async () => {
    const client = await terminal('prompt');
    expect(client.text).toBe('\x1b[?2004h\x1b[32mproduction\x1b[0m \x1b[34m~\x1b[0m $ ');
    const at = client.bytes.length;
    await client.type("sed -i 's/namespace: .*/namespace: staging/' .kube/config; cd shop\r");
    await client.until('\x1b[32mstaging\x1b[0m \x1b[34m~/shop\x1b[0m $ ', at);
  });

  test('Korean goes in and comes out, and is erased by the character', async () => {
    const client = await terminal('korean');
    expect(await client.run("echo '안녕, 해치 🐉'")).toBe('안녕, 해치 🐉\r\n');
    await client.type('echo 가나다\x7f\x7f라\r');
    await client.until('\r가라\r\n');
  });

  test('Ctrl+C interrupts, and the exit code is there', async () => {
    const client = await terminal('interrupt');
    await client.type('sleep 100\r');
    await sleep(100);
    await client.type('\x03');
    expect(await client.run('echo code $?')).toContain('code 130');
  });

  test('job control works', async () => {
    const client = await terminal('jobs');
    const at = client.bytes.length;
    await client.type('sleep 100\r');
    await sleep(100);
    await client.type('\x1a');
    await client.until(/Stopped +sleep 100/, at);
    expect(await client.run('kill %1; wait 2>/dev/null; echo gone')).toContain('gone');
    expect(client.text).not.toContain('no job control');
  });

  test('a new size reaches the program', async () => {
    const client = await terminal('resize');
    workshop.service.resize(`${workshop.id('resize')}.1`, { columns: 77, rows: 21 });
    expect(await client.run('stty size')).toBe('21 77\r\n');
    expect(workshop.service.list(workshop.id('resize'))[0]?.size).toEqual({ columns: 77, rows: 21 });
  });

  test('completion is loaded when it is asked for', async () => {
    const client = await terminal('completion');
    expect(await client.run('type -t _init_completion __start_kubectl; complete -p kubectl')).toBe(
      'complete -o default -F _haechi_load_completion kubectl\r\n',
    );
    await client.type('git stat\t');
    await client.until('git status');
    await sleep(200);
    await client.type('\x15cat shop/po\t');
    await client.until('cat shop/policy.yaml ');
    expect(await client.run('')).toContain('kind: NetworkPolicy');
    const at = client.bytes.length;
    await client.type('\x03');
    await client.until('$ ', at);
    await client.type('k g\t');
    // A real kubectl answers with `get`.
    await sleep(1_000);
    await client.type('\x03');
    await client.until(/k g(et )?\^C[^]*\$ $/, at);
    expect(await client.run('type -t _init_completion; alias k; complete -p k')).toContain(
      "function\r\nalias k='kubectl'\r\ncomplete -o default -F __start_kubectl k\r\n",
    );
  });

  test('exit ends it, a new one can be opened, and numbers are not used again', async () => {
    const told: Terminal[] = [];
    onTestFinished(workshop.service.onChange((changed) => told.push(changed)));
    const client = await terminal('ending');
    await client.type('exit 3\r');
    await vi.waitFor(() =>
      expect(workshop.service.list(workshop.id('ending'))).toMatchObject([{ state: 'ended', exitCode: 3 }]),
    );
    await expect(client.type('x')).rejects.toMatchObject({ code: 'terminal-ended' });
    const second = await workshop.service.open(workshop.id('ending'), size);
    expect(second.number).toBe(2);
    await workshop.service.close(`${workshop.id('ending')}.2`);
    await workshop.service.close(`${workshop.id('ending')}.1`);
    expect(workshop.service.list(workshop.id('ending'))).toEqual([]);
    expect(() => workshop.service.attemptOf(`${workshop.id('ending')}.1`)).toThrow(
      `There is no terminal ${workshop.id('ending')}.1.`,
    );
    expect((await workshop.service.open(workshop.id('ending'), size)).id).toBe(`${workshop.id('ending')}.3`);
    expect(
      told.filter(({ attempt }) => attempt === workshop.id('ending')).map(({ number, state }) => `${number} ${state}`),
    ).toEqual(['1 running', '1 ended', '2 running', '2 ended', '3 running']);
  });

  test('there can be eight', async () => {
    await workshop.service.prepare(await setup('many'));
    for (let count = 0; count < 8; count++) await workshop.service.open(workshop.id('many'), size);
    await expect(workshop.service.open(workshop.id('many'), size)).rejects.toMatchObject({
      code: 'too-many-terminals',
    });
    await workshop.service.remove(workshop.id('many'));
    await expect(workshop.service.open(workshop.id('many'), size)).rejects.toMatchObject({ code: 'not-found' });
    expect(workshop.service.list(workshop.id('many'))).toEqual([]);
  });

  test('reset brings the home back to its start and ends the shells', async () => {
    const client = await terminal('again');
    await client.run('rm -r shop; echo mine > mine; echo t > /tmp/t');
    await workshop.service.prepare(await setup('again'));
    expect(await client.run('ls')).toBe('mine\r\n');
    await workshop.service.reset(await setup('again'));
    expect(workshop.service.list(workshop.id('again'))).toMatchObject([{ number: 1, state: 'ended' }]);
    expect((await workshop.service.run(workshop.id('again'), 'ls; ls /tmp', AbortSignal.timeout(9_000))).output).toBe(
      'shop\n',
    );
    expect((await workshop.service.open(workshop.id('again'), size)).number).toBe(2);
  });

  test('1 MB pasted into cat arrives as it was', async () => {
    const client = await terminal('paste');
    const text = Array.from(
      { length: 14_000 },
      (_, line) => `${line}: 붙여넣기 ${randomBytes(30).toString('hex')}\n`,
    ).join('');
    expect(Buffer.byteLength(text)).toBeGreaterThan(1_000_000);
    await client.type('stty -echo; cat > pasted; stty echo; sha256sum pasted\r');
    await sleep(200);
    const began = performance.now();
    for (let at = 0; at < text.length; at += 20_000)
      await client.type(text.slice(at, at + 20_000).replaceAll('\n', '\r'));
    await client.type('\x04');
    const sum = createHash('sha256').update(text).digest('hex');
    await client.until(sum, 0, 15_000);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('1 MB pasted in brackets into the shell’s own line arrives as it was', async () => {
    const client = await terminal('bracketed');
    const text = `x='${randomBytes(500_000).toString('hex')}'`;
    await client.type('\x1b[200~');
    const paste = (async () => {
      for (let at = 0; at < text.length; at += 60_000) await client.type(text.slice(at, at + 60_000));
      await client.type('\x1b[201~');
    })();
    await paste;
    await client.type('\rprintf %s "$x" | sha256sum\r');
    await client.until(createHash('sha256').update(text.slice(3, -1)).digest('hex'), 0, 60_000);
  }, 90_000);

  test('a paste that nobody reads keeps nobody else from typing', async () => {
    const stuck = await terminal('stuck');
    const other = await terminal('free');
    await stuck.type('sleep 100\r');
    await sleep(100);
    const waiting = stuck.type('x'.repeat(1_000_000)).catch(() => undefined);
    const began = performance.now();
    expect(await other.run('echo quick')).toBe('quick\r\n');
    expect(performance.now() - began).toBeLessThan(1_000);
    await workshop.service.close(`${workshop.id('stuck')}.1`);
    await waiting;
  });

  test('after a reconnect in the middle of output nothing is lost and nothing comes twice', async () => {
    const client = await terminal('reconnect');
    const steady = new Client(workshop.service, `${workshop.id('reconnect')}.1`).attach();
    await client.type("seq 1 60000; echo e''nd\r");
    for (let round = 0; round < 30; round++) {
      client.detach();
      await sleep(round % 3);
      client.attach();
      await sleep(4);
    }
    await client.until('\nend\r\n', 0, 20_000);
    await steady.until('\nend\r\n', 0, 20_000);
    const numbers = client.text.slice(client.text.indexOf('\r1\r\n') + 1, client.text.indexOf('end\r\n'));
    expect(numbers).toBe(Array.from({ length: 60_000 }, (_, index) => `${index + 1}\r\n`).join(''));
    expect(client.bytes.equals(steady.bytes)).toBe(true);
  });

  test('yes with a viewer that is slow, and without any, fills no memory and stalls nobody', async () => {
    const flooding = await terminal('flood-1');
    const unwatched = await terminal('flood-2');
    const other = await terminal('calm');
    flooding.acknowledges = false;
    await flooding.type('yes\r');
    await unwatched.type('yes\r');
    await sleep(500);
    unwatched.detach();
    const before = memory();
    const times: number[] = [];
    for (let count = 0; count < 60; count++) {
      const at = other.bytes.length;
      const began = performance.now();
      await other.type('a');
      await other.until('a', at);
      times.push(performance.now() - began);
      await sleep(25);
    }
    expect(memory() - before).toBeLessThan(6 << 20);
    expect(flooding.bytes.length).toBeLessThan(300 << 10);
    times.sort((a, b) => a - b);
    expect(times[30], times.join(' ')).toBeLessThan(echoMs);
    await flooding.type('\x03');
    flooding.acknowledges = true;
    flooding.seen(flooding.end);
    await flooding.until(/\^C[^]*\$ $/, 0, 10_000);
  });
}
