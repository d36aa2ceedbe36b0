import { afterAll, beforeAll, expect, test } from 'vitest';
import { openNamespace, soon, type TestNamespace } from './cluster-namespace.ts';

/** What the node doesn't do (docs/node.md), each with the words that say so. */
let space: TestNamespace;

beforeAll(async () => {
  space = await openNamespace('node-refused');
});
afterAll(() => space.close());

test('a volume of an unknown kind is an event', async () => {
  const volumes = [{ name: 'v', nfs: { server: 'a', path: '/' } }];
  await space.start('stored', { volumeMounts: [{ name: 'v', mountPath: '/v' }] }, { volumes });
  await expect
    .poll(() => space.events('stored'), soon)
    .toContain(
      'FailedMount: MountVolume.SetUp failed for volume "v" : the simulated node has no nfs volumes; it has emptyDir, configMap, secret, projected, downwardAPI, hostPath, persistentVolumeClaim, ephemeral',
    );
});

test('a claim of a block device is an event', async () => {
  const resources = { requests: { storage: '1Mi' } };
  const spec = { accessModes: ['ReadWriteOnce'], volumeMode: 'Block', resources };
  await space.apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'device' }, spec });
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'device' } }];
  await space.start('blocked', { volumeDevices: [{ name: 'v', devicePath: '/dev/v' }] }, { volumes });
  await expect
    .poll(() => space.events('device'), soon)
    .toContain('ProvisioningFailed: memory.haechi.dev has no volumes of volumeMode Block');
});

test('kubectl top says that there is no metrics API', async () => {
  const { code, stderr } = await space.kubectl('top', 'pods');
  expect(code).toBe(1);
  expect(stderr).toContain('Metrics API not available');
});
