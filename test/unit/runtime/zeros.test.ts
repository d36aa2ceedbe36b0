import { Bash, InMemoryFs } from 'just-bash';
import { expect, test, vi } from 'vitest';
import { dd, head } from '../../../server/cluster/embedded/node/runtime/commands/zeros.ts';
import { ContainerMemory } from '../../../server/cluster/embedded/node/runtime/memory.ts';
import type { Inside } from '../../../server/cluster/embedded/node/runtime/process.ts';

async function run(script: string, limit?: number) {
  const kill = vi.fn();
  const fs = new InMemoryFs({ '/tmp/ten': '0123456789' });
  const filesystem = Object.assign(fs, { isInMemory: (path: string) => path.startsWith('/memory') });
  const inside = { filesystem, memory: new ContainerMemory(limit, kill) } as unknown as Inside;
  const bash = new Bash({ fs, customCommands: [dd(inside), head(inside)] });
  const { stdout, stderr, exitCode } = await bash.exec(script);
  return { stdout, stderr, exitCode, killed: kill.mock.calls.length > 0 };
}

test.each([
  ['head -c 3 /tmp/ten', '012'],
  ['head -c 5 /dev/zero | wc -c', '5'],
  ['head -c 300 /dev/urandom | wc -c', '300'],
  ['dd if=/tmp/ten bs=4 count=1 2>/dev/null', '0123'],
  ['dd if=/dev/zero of=/tmp/x bs=1k count=2 2>/dev/null; wc -c </tmp/x', '2048'],
  ['printf abc | dd of=/tmp/x 2>/dev/null; cat /tmp/x', 'abc'],
])('%s', async (script, stdout) => {
  expect((await run(script)).stdout.trim()).toBe(stdout);
});

test('dd counts its records, and /dev/null takes all', async () => {
  expect((await run('dd if=/tmp/ten of=/dev/null bs=4')).stderr).toBe(
    '2+1 records in\n2+1 records out\n10 bytes copied\n',
  );
  expect((await run('dd if=/dev/zero of=/dev/null bs=1G count=9')).stderr).toContain('9663676416 bytes copied');
});

test('what is not there, and a size that is none', async () => {
  expect((await run('dd if=/nope')).stderr).toBe("dd: can't open '/nope': No such file or directory\n");
  expect((await run('dd if=/tmp/ten bs=much')).stderr).toBe("dd: invalid number 'much'\n");
});

test('what fits nowhere fills the disk, or takes the memory that is limited', async () => {
  const full = "dd: error writing '/tmp/x': No space left on device\n";
  expect(await run('dd if=/dev/zero of=/tmp/x bs=1M', 1e6)).toMatchObject({ stderr: full, exitCode: 1, killed: false });
  expect(await run('dd if=/dev/zero of=/memory/x bs=1M count=100', 1e6)).toMatchObject({ exitCode: 137, killed: true });
  expect(await run('dd if=/dev/zero of=/memory/x bs=1M')).toMatchObject({ exitCode: 1, killed: false });
  expect(await run('head -c 1G /dev/zero', 1e6)).toMatchObject({ exitCode: 137, killed: true });
  expect(await run('head -c 1G /dev/zero')).toMatchObject({ exitCode: 1, killed: false });
});
