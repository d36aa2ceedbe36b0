import { expect, test } from 'vitest';
import { collectionsIn } from '../../../server/cluster/delete-namespace.ts';
import type { DiscoveredGroup } from '../../../server/cluster/discovery.ts';

const verbs = ['delete', 'deletecollection', 'get', 'list'];
const core: DiscoveredGroup = {
  versions: [
    {
      version: 'v1',
      resources: [
        { resource: 'pods', scope: 'Namespaced', verbs },
        { resource: 'nodes', scope: 'Cluster', verbs },
        { resource: 'bindings', scope: 'Namespaced', verbs: ['create'] },
      ],
    },
  ],
};
const named = (version: object): DiscoveredGroup => ({
  metadata: { name: 'shop.example' },
  versions: [
    { version: 'v2', ...version },
    { version: 'v1', resources: [{ resource: 'carts', scope: 'Namespaced', verbs }] },
  ],
});

test('what a namespace can hold, each kind once', () => {
  expect(collectionsIn([core, named({ resources: [{ resource: 'carts', scope: 'Namespaced', verbs }] })])).toEqual([
    '/api/v1/namespaces/%/pods',
    '/apis/shop.example/v2/namespaces/%/carts',
  ]);
});

test('unknown where a kind can only be deleted one by one, or an API does not answer', () => {
  const oneByOne = [{ resource: 'carts', scope: 'Namespaced' as const, verbs: ['delete', 'list'] }];
  expect(collectionsIn([core, named({ resources: oneByOne })])).toBeUndefined();
  expect(collectionsIn([core, named({ freshness: 'Stale' })])).toBeUndefined();
});
