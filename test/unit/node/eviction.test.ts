import type { V1Pod } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { canBeEvicted, evictionMessage } from '../../../server/cluster/embedded/node/eviction.ts';

const limits = (amount: string) => ({ resources: { limits: { 'ephemeral-storage': amount } } });
const pod = (spec: object): V1Pod => ({ spec: { containers: [{ name: 'main' }], ...spec } });
const use = (containers: Record<string, number>, volumes: Record<string, number> = {}) => ({
  containers: new Map(Object.entries(containers)),
  volumes: new Map(Object.entries(volumes)),
});

test('without a limit nobody is evicted', () => {
  const free = pod({ volumes: [{ name: 'a', emptyDir: {} }] });
  expect(canBeEvicted(free)).toBe(false);
  expect(evictionMessage(free, use({ main: 1e9 }, { a: 1e9 }))).toBeUndefined();
});

test("an emptyDir's limit, on the disk", () => {
  const limited = pod({ volumes: [{ name: 'cache', emptyDir: { sizeLimit: '1Mi' } }] });
  expect(canBeEvicted(limited)).toBe(true);
  expect(evictionMessage(limited, use({}, { cache: 2 ** 20 }))).toBeUndefined();
  expect(evictionMessage(limited, use({}, { cache: 2 ** 20 + 1 }))).toBe(
    'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ',
  );
  const inMemory = pod({ volumes: [{ name: 'cache', emptyDir: { sizeLimit: '1Mi', medium: 'Memory' } }] });
  expect(canBeEvicted(inMemory)).toBe(false);
});

test('the limit of all containers comes before that of one', () => {
  const two = pod({
    containers: [
      { name: 'a', ...limits('1Mi') },
      { name: 'b', ...limits('1Mi') },
    ],
  });
  expect(canBeEvicted(two)).toBe(true);
  expect(evictionMessage(two, use({ a: 2 ** 20, b: 2 ** 20 }, { cache: 1 }))).toBe(
    'Pod ephemeral local storage usage exceeds the total limit of containers 2097152. ',
  );
  expect(evictionMessage(two, use({ a: 2 ** 20 + 1, b: 0 }))).toBe(
    'Container a exceeded its local ephemeral storage limit "1Mi". ',
  );
  expect(evictionMessage(pod({ containers: [{ name: 'a', ...limits('1Mi') }] }), use({ a: 2 ** 21 }))).toBe(
    'Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ',
  );
});

test('an init container counts only while it runs beside the others', () => {
  const main = { name: 'main', ...limits('1Mi') };
  const beside = { name: 'beside', restartPolicy: 'Always', ...limits('1Mi') };
  const used = use({ main: 2 ** 20 + 1 });
  expect(
    evictionMessage(pod({ containers: [main], initContainers: [{ name: 'first', ...limits('1Mi') }] }), used),
  ).toBe('Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ');
  expect(evictionMessage(pod({ containers: [main], initContainers: [beside] }), used)).toBe(
    'Container main exceeded its local ephemeral storage limit "1Mi". ',
  );
});
