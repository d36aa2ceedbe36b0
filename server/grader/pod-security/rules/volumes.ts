import type { V1Volume } from '@kubernetes/client-node';
import type { Rule } from '../rule.ts';
import { plural, quoted, sorted } from '../words.ts';

/**
 * HostPath Volumes. "HostPath volumes must be forbidden."
 *
 * Fields: spec.volumes[*].hostPath. Allowed: undefined.
 */
export const hostPathVolumes: Rule = {
  id: 'hostPathVolumes',
  level: 'baseline',
  check({ spec }) {
    const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
    if (names.length === 0) return null;
    return { reason: 'hostPath volumes', detail: `${plural('volume', names.length)} ${quoted(names)}` };
  },
};

const allowedTypes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
] as const satisfies (keyof V1Volume)[];

const restrictedTypes = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
] as const satisfies (keyof V1Volume)[];

/**
 * Volume Types. "The Restricted policy only permits the following volume types."
 *
 * Fields: spec.volumes[*]. Allowed: every item sets one of the types of `allowedTypes`.
 */
export const restrictedVolumes: Rule = {
  id: 'restrictedVolumes',
  level: 'restricted',
  overrides: ['hostPathVolumes'],
  check({ spec }) {
    const bad = (spec.volumes ?? []).filter((volume) => !allowedTypes.some((type) => volume[type]));
    if (bad.length === 0) return null;
    const types = sorted(bad.map((volume) => restrictedTypes.find((type) => volume[type]) ?? 'unknown'));
    const use = bad.length === 1 ? 'uses' : 'use';
    const names = quoted(bad.map(({ name }) => name));
    return {
      reason: 'restricted volume types',
      detail: `${plural('volume', bad.length)} ${names} ${use} ${plural('restricted volume type', types.length)} ${quoted(types)}`,
    };
  },
};
