import { InMemoryFs } from 'just-bash';
import { expect, test } from 'vitest';
import type { ContainerIdentity } from '../../../server/cluster/embedded/node/container.ts';
import type { ContainerFilesystem } from '../../../server/cluster/embedded/node/runtime/filesystem.ts';
import { runScript, type Inside } from '../../../server/cluster/embedded/node/runtime/process.ts';
import { stderrPath, stdoutPath } from '../../../server/cluster/embedded/node/runtime/shell-transform.ts';

interface Told {
  parts: [stream: 'out' | 'err', text: string][];
  exitCode: number;
}

async function run(
  script: string,
  signal = AbortSignal.timeout(10_000),
  onOut: (text: string) => void = () => undefined,
): Promise<Told> {
  const filesystem = Object.assign(new InMemoryFs({ [stdoutPath]: '', [stderrPath]: '' }), {
    checkWritable: () => Promise.resolve(),
  }) as unknown as ContainerFilesystem;
  const identity = { uid: 0, gid: 0 } as ContainerIdentity;
  const parts: Told['parts'] = [];
  const output = {
    stdout: (text: string) => {
      parts.push(['out', text]);
      onOut(text);
    },
    stderr: (text: string) => void parts.push(['err', text]),
  };
  const inside = { setup: { identity }, image: { programs: [] }, filesystem, log: output } as unknown as Inside;
  const { exitCode } = await runScript(inside, [], script, { env: { PATH: '/bin' }, cwd: '/' }, output, signal);
  return { parts, exitCode };
}

test.each<[string, string, Told['parts']]>([
  [
    'each turn of a loop',
    'for i in 1 2; do echo $i; done',
    [
      ['out', '1\n'],
      ['out', '2\n'],
    ],
  ],
  ['a substitution is not output', 'x=$(echo in); echo "<$x>"', [['out', '<in>\n']]],
  ['a pipe tells only its end', 'echo a | tr a b', [['out', 'b\n']]],
  ['a loop that is piped', 'for i in 1 2; do echo $i; done | sort -r', [['out', '2\n1\n']]],
  [
    'both streams, in order',
    'echo a; echo b >&2; echo c',
    [
      ['out', 'a\n'],
      ['err', 'b\n'],
      ['out', 'c\n'],
    ],
  ],
  ['2>&1 of a command', 'ls /nope 2>&1', [['out', 'ls: /nope: No such file or directory\n']]],
  ['a group into a file', '{ echo a; echo b; } >/tmp/f; cat /tmp/f', [['out', 'a\nb\n']]],
  [
    'a function where it is called',
    'f() { echo f; }; x=$(f); echo "$x$x"; f',
    [
      ['out', 'ff\n'],
      ['out', 'f\n'],
    ],
  ],
  ['a pipe into a file', 'echo aGk= | base64 -d >/tmp/f; cat /tmp/f', [['out', 'hi']]],
  ['bytes into a file', 'echo /wCA | base64 -d >/tmp/f; base64 /tmp/f', [['out', '/wCA\n']]],
  ['exec moves the output', 'exec >/tmp/f; echo a; cat /tmp/f >&2', [['err', 'a\n']]],
  ['exec ends the shell', 'exec echo a; echo never', [['out', 'a\n']]],
  [
    '& goes on at once',
    '(sleep 0.1; echo late) & echo first; wait; echo last',
    [
      ['out', 'first\n'],
      ['out', 'late\n'],
      ['out', 'last\n'],
    ],
  ],
  ['Korean', "printf '%s' 해치", [['out', '해치']]],
  ['an unknown program', 'nosuch', [['err', 'sh: nosuch: not found\n']]],
])('%s', async (_name, script, parts) => {
  expect((await run(script)).parts).toEqual(parts);
});

test('an exit code is the last one, or the one of exit', async () => {
  expect((await run('false')).exitCode).toBe(1);
  expect((await run('if true; then exit 3; fi; true')).exitCode).toBe(3);
  expect((await run('! [ -d / ]')).exitCode).toBe(1);
});

test.each([
  ['tail -n 1 -f /tmp/f', ['b\n', 'c\nd\n']],
  ['tail -f /tmp/f | grep -v c', ['a\nb\n', 'd\n']],
  ['tail -f /tmp/f | grep -v c | tr a-z A-Z', ['A\nB\n', 'D\n']],
])('%s shows what is added', async (script, told) => {
  const parts: string[] = [];
  const stop = new AbortController();
  const add = '(sleep 0.2; printf "c\\nd\\n" >>/tmp/f) &';
  const done = run(`printf "a\\nb\\n" >/tmp/f; ${add} ${script}`, stop.signal, (text) => parts.push(text));
  await expect.poll(() => parts, { timeout: 3000 }).toEqual(told);
  stop.abort();
  expect((await done).exitCode).toBe(137);
});

test('an endless loop leaves time to others, and ends when it is stopped', async () => {
  const stop = new AbortController();
  let ticks = 0;
  const timer = setInterval(() => ++ticks, 5);
  setTimeout(() => stop.abort(), 300);
  const { exitCode } = await run('while true; do :; done', stop.signal);
  clearInterval(timer);
  expect(exitCode).toBe(137);
  expect(ticks).toBeGreaterThan(5);
});
