import type { V1PersistentVolume, V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import type { NodeMirror } from '../../../server/cluster/embedded/node/node-mirror.ts';
import { storageOf } from '../../../server/cluster/embedded/node/storage/storage-of.ts';

const bound = { metadata: { uid: 'mine' }, spec: { volumeName: 'pv' }, status: { phase: 'Bound' } };
const volume = {
  spec: { claimRef: { uid: 'mine' }, capacity: { storage: '1Mi' }, csi: { driver: 'd', volumeHandle: 'h' } },
};

function given(claim?: V1PersistentVolumeClaim, pv?: V1PersistentVolume): ReturnType<typeof storageOf> {
  const mirror = { get: (kind: string) => (kind === 'PersistentVolume' ? pv : claim) } as unknown as NodeMirror;
  return storageOf(mirror, 'shop', 'data');
}

test('a bound claim is its volume', () => {
  expect(given(bound, volume)).toEqual({ storage: 'pv', sizeLimit: 1_048_576 });
});

test.each<[string, V1PersistentVolumeClaim | undefined, V1PersistentVolume | undefined, string]>([
  ['no claim', undefined, volume, 'error processing PVC shop/data: failed to fetch PVC from API server'],
  ['a pending claim', { ...bound, status: { phase: 'Pending' } }, volume, 'PVC is not bound'],
  ['no volume', bound, undefined, 'failed to fetch PV pv from API server'],
  [
    "another claim's volume",
    bound,
    { spec: { ...volume.spec, claimRef: { uid: 'theirs' } } },
    'found PV object pv but its pv.Spec.ClaimRef.UID theirs does not point to claim.UID mine',
  ],
  ['a volume of nobody', bound, { spec: { ...volume.spec, claimRef: undefined } }, 'ClaimRef.UID  does not point to'],
  [
    'a volume that is elsewhere',
    bound,
    { spec: { claimRef: { uid: 'mine' }, nfs: { server: 's', path: '/' } } },
    'the simulated node keeps PersistentVolumes of these kinds: csi, hostPath, local',
  ],
])('%s is refused', (_name, claim, pv, words) => {
  expect(() => given(claim, pv)).toThrow(words);
});
