import { afterAll, beforeAll, expect, test } from 'vitest';
import { openNamespace, soon, type TestNamespace } from './cluster-namespace.ts';

let space: TestNamespace;

beforeAll(async () => {
  space = await openNamespace('node-limits');
});
afterAll(() => space.close());

const resources = { limits: { memory: '16Mi' } };
const ended = async (pod: string) => (await space.get(pod)).status?.containerStatuses?.[0]?.state?.terminated;
const oom = { exitCode: 137, reason: 'OOMKilled' };

test.each([
  ['a variable that grows without end', 'grows', 'x=aaaa; while true; do x=$x$x; done'],
  ['a program that reads without end', 'reads', 'tail /dev/zero'],
])('%s is killed for its memory limit', async (_name, pod, script) => {
  await space.start(pod, { command: ['sh', '-c', script], resources }, { restartPolicy: 'Never' });
  await expect.poll(() => ended(pod), soon).toMatchObject(oom);
});

test('a memory-backed emptyDir counts, also when it is filled from outside', async () => {
  const volumeMounts = [{ name: 'memory', mountPath: '/memory' }];
  const spec = { restartPolicy: 'Never', volumes: [{ name: 'memory', emptyDir: { medium: 'Memory' } }] };
  await space.run('full', { resources: { limits: { memory: '4Mi' } }, volumeMounts }, spec);
  const fill = (megabytes: number) =>
    space.kubectl('exec', 'full', '--', 'dd', 'if=/dev/zero', `of=/memory/${megabytes}`, 'bs=1M', `count=${megabytes}`);
  expect((await fill(2)).stderr).toContain('2097152 bytes');
  expect((await space.get('full')).status?.phase).toBe('Running');
  expect((await fill(3)).code).not.toBe(0);
  await expect.poll(() => ended('full'), soon).toMatchObject(oom);
});

test('with a size limit it is full before that', async () => {
  const volumeMounts = [{ name: 'memory', mountPath: '/memory' }];
  const spec = { volumes: [{ name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }] };
  await space.run('small', { resources, volumeMounts }, spec);
  const filled = await space.kubectl('exec', 'small', '--', 'dd', 'if=/dev/zero', 'of=/memory/x', 'bs=1M', 'count=2');
  expect(filled.stderr).toContain('No space left on device');
  expect((await space.get('small')).status?.phase).toBe('Running');
});

test("what keeps too much on the disk is evicted, in the kubelet's words", async () => {
  const volumeMounts = [{ name: 'cache', mountPath: '/cache' }];
  await space.run('keeper', { volumeMounts }, { volumes: [{ name: 'cache', emptyDir: { sizeLimit: '1Mi' } }] });
  await space.kubectl('exec', 'keeper', '--', 'dd', 'if=/dev/zero', 'of=/cache/x', 'bs=1M', 'count=2');
  const message = 'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ';
  await expect
    .poll(async () => (await space.get('keeper')).status, soon)
    .toMatchObject({ phase: 'Failed', reason: 'Evicted', message });
  expect(await space.events('keeper')).toContain(`Evicted: ${message}`);
  await space.run('writer', { resources: { limits: { 'ephemeral-storage': '1Mi' } } });
  await space.kubectl('exec', 'writer', '--', 'dd', 'if=/dev/zero', 'of=/tmp/x', 'bs=1M', 'count=2');
  await expect
    .poll(async () => (await space.get('writer')).status?.message, soon)
    .toBe('Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ');
});
