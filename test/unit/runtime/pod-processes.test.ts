import { expect, test } from 'vitest';
import type { ContainerIdentity, PodSandbox } from '../../../server/cluster/embedded/node/container.ts';
import type { FileTree } from '../../../server/cluster/embedded/node/runtime/file-tree.ts';
import { mayTrace, PodProcesses } from '../../../server/cluster/embedded/node/runtime/pod-processes.ts';

const identity = (uid: number, ...capabilities: string[]) => ({ uid, gid: uid, capabilities }) as ContainerIdentity;

function podOf(sandbox: Partial<PodSandbox>, ...containers: { name: string; target?: string }[]) {
  const processes = new PodProcesses({ ownPids: true, hostPID: false, ...sandbox } as PodSandbox);
  const log = { stdout: () => undefined, stderr: () => undefined };
  const ends = containers.map((setup) =>
    processes.add(
      { name: setup.name, line: [setup.name], identity: identity(0), env: {}, files: {} as FileTree, log },
      setup,
    ),
  );
  const seenBy = (name: string, target?: string) =>
    processes.seenBy({ name, ...(target ? { target } : {}) }).map(({ pid, line }) => `${pid} ${line.join(' ')}`);
  return { seenBy, ends };
}

test('a container sees its own processes', () => {
  const { seenBy } = podOf({}, { name: 'web' }, { name: 'db' });
  expect(seenBy('db')).toEqual(['1 db']);
});

test('one that debugs another sees its processes, and is seen', () => {
  const { seenBy, ends } = podOf({}, { name: 'web' }, { name: 'db' }, { name: 'debug', target: 'web' });
  expect(seenBy('debug', 'web')).toEqual(['1 web', '7 debug']);
  expect(seenBy('web')).toEqual(['1 web', '7 debug']);
  expect(seenBy('db')).toEqual(['1 db']);
  ends[2]?.();
  expect(seenBy('web')).toEqual(['1 web']);
});

test('one that debugs a debug container sees the same', () => {
  const { seenBy } = podOf({}, { name: 'web' }, { name: 'a', target: 'web' }, { name: 'b', target: 'a' });
  expect(seenBy('b', 'a')).toEqual(['1 web', '7 a', '13 b']);
});

test('with a shared process namespace all are seen, behind the one that holds it', () => {
  const { seenBy } = podOf({ ownPids: false }, { name: 'web' }, { name: 'db' });
  expect(seenBy('web')).toEqual(['1 /pause', '7 web', '13 db']);
});

test("the host's processes are seen with hostPID", () => {
  const { seenBy } = podOf({ ownPids: false, hostPID: true }, { name: 'web' });
  expect(seenBy('web')[0]).toBe('1 /sbin/init');
  expect(seenBy('web').at(-1)).toMatch(/ web$/);
});

test.each([
  ['the same user', identity(5), identity(5), true],
  ['another user', identity(0, 'KILL'), identity(5), false],
  ['one with more capabilities', identity(0, 'KILL'), identity(0, 'KILL', 'SYS_ADMIN'), false],
  ['one with fewer', identity(0, 'KILL', 'CHOWN'), identity(0, 'KILL'), true],
  ['anybody, with CAP_SYS_PTRACE', identity(0, 'SYS_PTRACE'), identity(5), true],
])('looking into %s', (_name, own, other, allowed) => {
  expect(mayTrace(own, other)).toBe(allowed);
});
