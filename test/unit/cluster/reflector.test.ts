import type { KubernetesObject } from '@kubernetes/client-node';
import { afterEach, expect, test, vi } from 'vitest';
import { KubeError } from '../../../server/cluster/kube-error.ts';
import type { WatchEvent } from '../../../server/cluster/kube.ts';
import { Reflector } from '../../../server/cluster/reflector.ts';

type Event = WatchEvent<KubernetesObject>;

/** An API server with one collection: its lists in their order, and watches that the test feeds. */
class Server {
  lists: (KubernetesObject[] | Error)[] = [];
  listed = 0;
  readonly watches: { from: unknown; push: (event: Event) => void; end: (error?: Error) => void }[] = [];

  request = (): Promise<never> => {
    const next = this.lists[Math.min(this.listed++, this.lists.length - 1)];
    if (next instanceof Error) return Promise.reject(next);
    const value = { metadata: { resourceVersion: `list-${this.listed}` }, items: next };
    return Promise.resolve({ value, warnings: [], etag: undefined } as never);
  };

  watch = (
    _path: string,
    { query, signal }: { query: Record<string, unknown>; signal: AbortSignal },
  ): Promise<never> => {
    const stream = new TransformStream<Event, Event>();
    const writer = stream.writable.getWriter();
    const ignore = () => undefined;
    signal.addEventListener('abort', () => void writer.abort(signal.reason).catch(ignore));
    this.watches.push({
      from: query['resourceVersion'],
      push: (event) => void writer.write(event).catch(ignore),
      end: (error) => void (error ? writer.abort(error) : writer.close()).catch(ignore),
    });
    return Promise.resolve(stream.readable as never);
  };
}

const object = (name: string, resourceVersion: string, namespace = 'a'): KubernetesObject => ({
  metadata: { name, namespace, resourceVersion },
});
const server = new Server();
const told: string[] = [];
let reflector: Reflector<KubernetesObject>;

async function open(...lists: Server['lists']): Promise<void> {
  server.lists = lists;
  reflector = new Reflector({
    kube: server,
    path: '/api/v1/pods',
    onChange: (type, { metadata }) => told.push(`${type} ${metadata?.name ?? ''}@${metadata?.resourceVersion ?? ''}`),
    onLost: (error) => told.push(`lost: ${(error as Error).message}`),
    onCurrent: () => told.push('current'),
  });
  await reflector.start();
}

const watches = (count: number) => vi.waitFor(() => expect(server.watches).toHaveLength(count));
const tells = (...words: string[]) => vi.waitFor(() => expect(told).toEqual(words));

afterEach(async () => {
  vi.useRealTimers();
  await reflector.stop();
  told.length = 0;
  server.listed = 0;
  server.watches.length = 0;
});

test('has what was listed, and what the watch says since', async () => {
  await open([object('web', '1'), object('db', '2', 'b')]);
  await watches(1);
  expect(server.watches[0]?.from).toBe('list-1');
  server.watches[0]?.push({ type: 'MODIFIED', object: object('web', '3') });
  server.watches[0]?.push({ type: 'DELETED', object: object('db', '4', 'b') });
  server.watches[0]?.push({ type: 'ADDED', object: object('new', '5') });
  await tells('added web@1', 'added db@2', 'current', 'modified web@3', 'deleted db@4', 'added new@5');
  expect(reflector.list().map(({ metadata }) => metadata?.name)).toEqual(['web', 'new']);
  expect(reflector.list('b')).toEqual([]);
  expect(reflector.get('web', 'a')?.metadata?.resourceVersion).toBe('3');
});

test('takes up where it was when the API server ends a watch, by the last bookmark', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  await open([object('web', '1')]);
  await watches(1);
  server.watches[0]?.push({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '17' } } });
  vi.advanceTimersByTime(5000);
  server.watches[0]?.end();
  await watches(2);
  expect(server.watches[1]?.from).toBe('17');
  expect(server.listed).toBe(1);
  expect(told).toEqual(['added web@1', 'current', 'current']);
});

test('lists anew after a loss, and tells what changed meanwhile', async () => {
  await open(
    [object('web', '1'), object('db', '2'), object('same', '3')],
    [object('web', '9'), object('same', '3'), object('new', '8')],
  );
  await watches(1);
  server.watches[0]?.end(new Error('the connection broke'));
  await watches(2);
  expect(told.slice(3)).toEqual([
    'current',
    'lost: the connection broke',
    'deleted db@2',
    'modified web@9',
    'added new@8',
    'current',
  ]);
});

test('lists anew when the API server no longer knows what came since', async () => {
  await open([object('web', '1')]);
  await watches(1);
  const gone = { code: 410, reason: 'Expired', message: 'too old resource version' };
  server.watches[0]?.push({ type: 'ERROR', object: gone as KubernetesObject });
  await watches(2);
  expect(server.watches[1]?.from).toBe('list-2');
  expect(told).toContain('lost: too old resource version');
});

test('a watch that ends at once is no reason to ask again and again', async () => {
  await open([object('web', '1')]);
  await watches(1);
  server.watches[0]?.end();
  await tells('added web@1', 'current', 'lost: the watch ended at once');
  expect(server.watches).toHaveLength(1);
});

test('has started once it has been listed at last', async () => {
  await open(new KubeError(500, '', 'not now'), [object('web', '1')]);
  expect(told.slice(0, 2)).toEqual(['lost: not now', 'added web@1']);
});

test('stops while nobody answers', async () => {
  const starting = open(new Error('away'));
  await tells('lost: away');
  await reflector.stop();
  await starting;
  expect(told).toEqual(['lost: away']);
});
