import { expect, test } from 'vitest';
import { collectionsIn } from '../../../server/cluster/embedded/namespace-collections.ts';
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

test('what can only be deleted one by one is left out; an API that does not answer leaves nothing known', () => {
  const oneByOne = [{ resource: 'carts', scope: 'Namespaced' as const, verbs: ['delete', 'list'] }];
  expect(
    collectionsIn([{ metadata: { name: 'shop.example' }, versions: [{ version: 'v1', resources: oneByOne }] }]),
  ).toEqual([]);
  expect(() => collectionsIn([core, named({ freshness: 'Stale' })])).toThrow('/apis/shop.example/v2 does not answer');
});
