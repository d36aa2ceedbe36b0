import type { KubernetesObject } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { isClean } from '../../../server/attempt/clean-up.ts';
import type { Mirror } from '../../../server/cluster/mirror.ts';
import type { Names } from '../../../server/content/names.ts';

const names: Names = {
  mainNamespace: 'production-minji',
  namespaces: { PRODUCTION: 'production-minji', STAGING: 'staging-minji' },
  users: {},
  clusterObjects: {},
  variables: {},
};
const binding: KubernetesObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'viewers-minji' },
};

/** @param held `Kind/name` of what the cluster has. */
function clean(held: string[], start: KubernetesObject[] = [], live = true): boolean {
  const get = ((kind: string, name: string) =>
    held.includes(`${kind}/${name}`) ? { metadata: { name } } : undefined) as Mirror['get'];
  return isClean({ live, get }, 'x1', names, start);
}

test('nothing is there', () => {
  expect(clean(['Namespace/production-jisu'], [binding])).toBe(true);
});

test.each([
  'Namespace/staging-minji',
  'ServiceAccount/attempt-x1',
  'ClusterRole/haechi-attempt-x1',
  'ClusterRoleBinding/haechi-attempt-x1',
  'ClusterRoleBinding/viewers-minji',
])('%s is there', (held) => {
  expect(clean([held], [binding])).toBe(false);
});

test('what can not be known is asked for', () => {
  expect(clean([], [], false)).toBe(false);
  const volume = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'data-minji' } };
  expect(clean([], [volume])).toBe(false);
});
