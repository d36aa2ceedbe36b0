import { afterAll, beforeAll, expect, test } from 'vitest';
import { openNamespace, type TestNamespace } from './cluster-namespace.ts';

let space: TestNamespace;

beforeAll(async () => {
  space = await openNamespace('node-shell');
  await space.run('box');
});
afterAll(() => space.close());

test('output comes as it is written', async () => {
  const { parts } = await space.kubectl('exec', 'box', '--', 'sh', '-c', 'for i in 1 2 3; do echo $i; sleep 0.5; done');
  expect(parts.map(({ text }) => text)).toEqual(['1\n', '2\n', '3\n']);
  expect((parts[2]?.at ?? 0) - (parts[0]?.at ?? 0)).toBeGreaterThan(700);
});

test('an exit code is handed on, and input is read', async () => {
  const failed = await space.kubectl('exec', 'box', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3');
  expect(failed).toMatchObject({ code: 3, stdout: 'out\n' });
  expect(failed.stderr).toBe('err\ncommand terminated with exit code 3\n');
  expect((await space.kubectl.feed('해치\n', 'exec', '-i', 'box', '--', 'cat')).stdout).toBe('해치\n');
});

test('a program that is not there', async () => {
  const words = 'executable file not found in $PATH';
  expect((await space.kubectl('exec', 'box', '--', 'nosuch')).stderr).toContain(`exec: "nosuch": ${words}`);
});

test('a terminal: history, completion, width, Ctrl+C, exit', async () => {
  const { screen, code } = await space.kubectl.type(
    [
      ['# ', 'stty size\r'],
      ['20 70\r\n/ # ', 'echo 한국\x7f글\r'],
      ['한글\r\n/ # ', '\x1b[A\r'],
      ['한글\r\n/ # ', 'cat /etc/gr\t\r'],
      ['nobody:x:65534:\r\n/ # ', 'ls /\t'],
      ['ls /', '\t'],
      ['bin/  dev/  etc/', '\x15sleep 100\r'],
      ['sleep 100\r\n', '\x03'],
      ['^C\r\n/ # ', 'echo $?\r'],
      ['130\r\n/ # ', 'if true; then exit 4; fi\r'],
    ],
    'exec',
    '-it',
    'box',
    '--',
    'sh',
  );
  expect(screen).toContain('command terminated with exit code 4');
  expect(code).toBe(4);
});

test('kubectl run -it gives a shell of the container itself', async () => {
  const { screen, code } = await space.kubectl.type(
    [
      ["If you don't see a command prompt, try pressing enter.", '\r'],
      ['# ', 'echo $HOSTNAME\r'],
      ['own-shell\r\n/ # ', 'exit 5\r'],
    ],
    ...['run', 'own-shell', '--rm', '-it', '--restart=Never', '--image=busybox:1.37', '--', 'sh'],
  );
  expect(screen).toContain('pod "own-shell" deleted');
  expect(code).toBe(5);
});
