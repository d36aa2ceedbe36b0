import { afterAll, beforeAll, expect, test } from 'vitest';
import { openNamespace, type TestNamespace } from './cluster-namespace.ts';

let space: TestNamespace;

beforeAll(async () => {
  space = await openNamespace('node-files');
  await space.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key' }, stringData: { password: 'x' } });
  const volumeMounts = [
    { name: 'data', mountPath: '/data' },
    { name: 'key', mountPath: '/key' },
  ];
  const volumes = [
    { name: 'data', emptyDir: {} },
    { name: 'key', secret: { secretName: 'key', defaultMode: 0o400 } },
  ];
  const securityContext = { runAsUser: 1000, runAsGroup: 1000 };
  await space.run('user', { volumeMounts }, { volumes, securityContext });
  await space.run('group', { volumeMounts }, { volumes, securityContext: { ...securityContext, fsGroup: 2000 } });
  await space.run('fixed', { securityContext: { readOnlyRootFilesystem: true } });
});
afterAll(() => space.close());

async function told(pod: string, script: string): Promise<string> {
  const { stdout, stderr } = await space.kubectl('exec', pod, '--', 'sh', '-c', `${script}; true`);
  return stdout + stderr;
}

test("root's folders refuse a user, an emptyDir and /tmp don't", async () => {
  expect(await told('user', 'echo x >/etc/x; echo still here')).toBe(
    "still here\nsh: can't create /etc/x: Permission denied\n",
  );
  expect(await told('user', 'mkdir /home/a')).toBe("mkdir: cannot create directory '/home/a': Permission denied\n");
  expect(await told('user', 'rm /etc/passwd')).toBe("rm: cannot remove '/etc/passwd': Permission denied\n");
  expect(await told('user', 'echo x >/data/f && echo y >/tmp/f && cat /data/f /tmp/f')).toBe('x\ny\n');
});

test('a Secret of mode 0400 is for root, or for the fsGroup', async () => {
  expect(await told('user', 'cat /key/password')).toBe('cat: /key/password: Permission denied\n');
  expect(await told('group', 'cat /key/password')).toBe('x');
  expect(await told('group', 'ls -ln /key')).toMatch(/^total 4\n-r--r----- +1 0 +2000 +1 .* password\n$/);
  expect(await told('group', 'echo x >/key/new')).toBe("sh: can't create /key/new: Read-only file system\n");
});

test("files are their maker's, and their folder's group's where that is set", async () => {
  expect(await told('user', 'touch /data/mine && ls -l /data/mine')).toMatch(/^-rw-r--r-- +1 1000 +1000 /);
  expect(await told('group', 'touch /data/mine && ls -l /data/mine')).toMatch(/^-rw-r--r-- +1 1000 +2000 /);
  expect(await told('user', 'ls -ld /tmp /etc')).toMatch(/^drwxrwxrwt.* root +root .*\/tmp\ndrwxr-xr-x.* root +root /);
});

test('a read-only root refuses everybody', async () => {
  expect(await told('fixed', 'echo x >/tmp/x')).toBe("sh: can't create /tmp/x: Read-only file system\n");
  expect(await told('fixed', 'touch /etc/x')).toBe("touch: cannot touch '/etc/x': Read-only file system\n");
});

test('id, ps and /proc agree with the security context', async () => {
  expect(await told('group', 'id')).toBe('uid=1000 gid=1000 groups=1000,2000\n');
  expect(await told('group', 'grep -E "Name|Uid|Groups|CapEff" /proc/1/status')).toBe(
    'Name:\tsleep\nUid:\t1000\t1000\t1000\t1000\nGroups:\t1000 2000\nCapEff:\t0000000000000000\n',
  );
  expect(await told('user', 'ps')).toContain('1 1000      0:00 sleep infinity\n');
});
