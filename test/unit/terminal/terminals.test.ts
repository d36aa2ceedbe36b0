import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { missingRequirements } from '../../../server/terminal/sandbox/requirements.ts';
import { Client } from './client.ts';
import { terminalSuite } from './suite.ts';
import { setupOf, Workshop } from './workshop.ts';

const missing = await missingRequirements('/usr/bin:/bin:/usr/sbin:/sbin');
const why = missing.map((each) => each.package).join(', ');

describe.skipIf(missing.length > 0)(`terminals${why ? ` (skipped: ${why} not installed)` : ''}`, () => {
  terminalSuite(() => Workshop.open(), { echoMs: 15 });

  test('a restart of the server keeps what was written; the shells have ended', async () => {
    const own = await Workshop.open();
    onTestFinished(() => own.close());
    await own.service.prepare(setupOf('kept'));
    const client = await own.terminal('kept');
    await client.run('echo 남는다; echo mine > mine');
    await own.restart();
    expect(own.service.list('kept')).toMatchObject([{ id: 'kept.1', number: 1, state: 'ended' }]);
    const later = new Client(own.service, 'kept.1').attach();
    await later.until('남는다\r\n');
    expect(later.bytes.subarray(0, client.bytes.length).equals(client.bytes)).toBe(true);
    await own.service.prepare(setupOf('kept'));
    const next = await own.terminal('kept');
    expect(own.service.list('kept').map(({ number }) => number)).toEqual([1, 2]);
    expect(await next.run('cat mine')).toBe('mine\r\n');
  });

  test('kill -9 of the server keeps what was written and leaves no shell', async () => {
    const own = await Workshop.open();
    onTestFinished(() => own.close());
    await own.service.stop();
    const child = spawn(process.execPath, [join(import.meta.dirname, 'victim.ts'), own.folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [pid] = (await once(child.stdout, 'data')) as [Buffer];
    const shell = Number(pid.toString());
    expect(await readFile(`/proc/${shell}/cmdline`, 'latin1')).toContain('bwrap');
    await sleep(250);
    child.kill('SIGKILL');
    await once(child, 'exit');
    // Gone, or a zombie that its new parent has yet to collect.
    await vi.waitFor(async () => expect(await readFile(`/proc/${shell}/cmdline`, 'latin1').catch(() => '')).toBe(''));
    await own.restart();
    expect(own.service.list('victim')).toMatchObject([{ number: 1, state: 'ended', exitCode: null }]);
    const client = new Client(own.service, 'victim.1').attach();
    await client.until('before the crash\r\n');
  });
});
