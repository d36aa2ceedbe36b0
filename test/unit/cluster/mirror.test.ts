import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import type { Kube } from '../../../server/cluster/kube.ts';
import { Mirror } from '../../../server/cluster/mirror.ts';

afterEach(() => {
  vi.useRealTimers();
});

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

test('what cannot be read for long is told of once', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const logged: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => logged.push(line) });
  let asked = 0;
  const kube = {
    request: () => {
      asked++;
      return Promise.reject(new Error('pods is forbidden'));
    },
  } as unknown as Kube;
  const mirror = new Mirror(kube, log, ['Pod']);
  const started = mirror.start();
  await vi.waitUntil(() => asked === 2);
  expect(logged).toEqual([]);
  vi.setSystemTime(Date.now() + 10_000);
  await vi.waitUntil(() => asked === 5, { timeout: 5_000 });
  expect(mirror.live).toBe(false);
  expect(logged).toHaveLength(1);
  expect(logged[0]).toContain('pods is forbidden');
  await mirror.stop();
  await started;
});
