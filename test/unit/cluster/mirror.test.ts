import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Kube } from '../../../server/cluster/kube.ts';
import { Mirror } from '../../../server/cluster/mirror.ts';

test('a listener that fails concerns neither the others nor the copy, and is told of', async () => {
  const logged: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => logged.push(line) });
  const pod = { metadata: { name: 'web', namespace: 'a', resourceVersion: '1' } };
  const kube = {
    request: () => Promise.resolve({ value: { metadata: {}, items: [pod] }, warnings: [], etag: undefined }),
    watch: (_: string, { signal }: { signal: AbortSignal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  } as unknown as Kube;
  const mirror = new Mirror(kube, log, ['Pod']);
  const told: string[] = [];
  mirror.onChange(() => {
    throw new Error('a defect');
  });
  mirror.onChange(({ type, object }) => told.push(`${type} ${object.metadata?.name ?? ''}`));
  await mirror.start();
  expect(told).toEqual(['added web']);
  expect(mirror.list('Pod', 'a')).toHaveLength(1);
  expect(logged).toHaveLength(1);
  expect(logged[0]).toContain('a defect');
  await mirror.stop();
});
