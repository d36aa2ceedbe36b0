import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { applyAll, create, type Applier } from '../../../server/cluster/apply.ts';
import { deleteNamespace } from '../../../server/cluster/delete-namespace.ts';
import { discoverGroups } from '../../../server/cluster/discovery.ts';
import { collectionsIn } from '../../../server/cluster/embedded/namespace-collections.ts';
import { KubeError } from '../../../server/cluster/kube-error.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import { ResourcePaths } from '../../../server/cluster/resource-paths.ts';

let applier: Applier;

beforeAll(() => {
  const kube = new Kube(inject('kubeconfig'));
  applier = { kube, paths: new ResourcePaths(kube) };
});
afterAll(() => applier.kube.close());

const object = (apiVersion: string, kind: string, name: string, namespace: string, rest: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  ...rest,
});

/** A namespace with pods that come back when they are deleted, and with objects of several groups. */
async function furnish(name: string): Promise<void> {
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'busybox:1.37', command: ['sleep', '1d'] }] },
  };
  await applyAll(
    applier,
    [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      object('v1', 'ConfigMap', 'settings', name, { data: { a: 'b' } }),
      object('rbac.authorization.k8s.io/v1', 'Role', 'reader', name, { rules: [] }),
      object('apps/v1', 'Deployment', 'web', name, {
        spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template },
      }),
    ],
    { write: create },
  );
}

async function leftIn(name: string): Promise<string[]> {
  const collections = collectionsIn(await discoverGroups(applier.kube));
  const lists = await Promise.all(
    collections.map(async (path) => {
      const { value } = await applier.kube.request<{ items: unknown[] }>('GET', path.replace('%', name));
      return value.items.length > 0 ? [path] : [];
    }),
  );
  return lists.flat();
}

const exists = (name: string) =>
  applier.kube.request('GET', `/api/v1/namespaces/${name}`).then(
    () => true,
    (error: unknown) => {
      if (error instanceof KubeError && error.status === 404) return false;
      throw error;
    },
  );

test('nothing of a namespace is left', async () => {
  await furnish('deleted-at-once');
  await deleteNamespace(applier.kube, 'deleted-at-once');
  expect(await exists('deleted-at-once')).toBe(false);
  expect(await leftIn('deleted-at-once')).toEqual([]);
});

test('a namespace of the same name can be made at once, and keeps what is put into it', async () => {
  for (let turn = 0; turn < 8; turn++) {
    await furnish('deleted-and-made');
    await deleteNamespace(applier.kube, 'deleted-and-made');
  }
  await furnish('deleted-and-made');
  // Whoever still minds an earlier one of that name would have by then.
  await sleep(6000);
  expect(await leftIn('deleted-and-made')).toContain('/api/v1/namespaces/%/configmaps');
  const { value } = await applier.kube.request('GET', '/api/v1/namespaces/deleted-and-made/configmaps/settings');
  expect(value).toMatchObject({ data: { a: 'b' } });
  await deleteNamespace(applier.kube, 'deleted-and-made');
});

test('a namespace that is not there is fine', async () => {
  await expect(deleteNamespace(applier.kube, 'never-was')).resolves.toBeUndefined();
});

test('an object with a finalizer keeps its namespace until that is seen to', async () => {
  await furnish('deleted-later');
  const held = object('v1', 'ConfigMap', 'held', 'deleted-later');
  await create(applier, { ...held, metadata: { ...held.metadata, finalizers: ['example.org/held'] } });
  const deleting = deleteNamespace(applier.kube, 'deleted-later');
  await sleep(700);
  expect(await leftIn('deleted-later')).toEqual(['/api/v1/namespaces/%/configmaps']);
  await applier.kube.request('PATCH', '/api/v1/namespaces/deleted-later/configmaps/held', {
    contentType: 'application/merge-patch+json',
    body: { metadata: { finalizers: null } },
  });
  await deleting;
  expect(await exists('deleted-later')).toBe(false);
});
