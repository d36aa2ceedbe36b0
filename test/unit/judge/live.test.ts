import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { MirrorChange } from '../../../server/cluster/mirror.ts';
import type { MirroredKind } from '../../../server/cluster/mirrored-kinds.ts';
import type { Outcome } from '../../../server/contract/verdict.ts';
import { LiveJudge, type Run } from '../../../server/grader/live.ts';

/** Stands where the watches of a cluster do. */
class FakeMirror {
  readonly #listeners = new Set<(change: MirrorChange) => void>();
  readonly #newest = new Map<string, MirrorChange['object']>();
  #version = 0;

  onChange(listener: (change: MirrorChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(
    kind: MirroredKind,
    name: string,
    { metadata, status }: { metadata?: object; status?: object } = {},
    type: MirrorChange['type'] = 'modified',
  ): void {
    const object = { metadata: { name, resourceVersion: String(++this.#version), ...metadata }, status };
    const key = `${kind}/${name}`;
    const before = type === 'modified' ? this.#newest.get(key) : undefined;
    this.#newest.set(key, object);
    for (const listener of this.#listeners) listener({ kind, type, object, before });
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

const pace = { quietMs: 10, longestMs: 40, patienceMs: 60, retryMs: 20, longestRetryMs: 80 };
const log = pino({ level: 'silent' });
const here = { namespace: 'production-minji' };
let live: LiveJudge | undefined;

function open(mirror: FakeMirror, concurrency = 4): LiveJudge {
  live = new LiveJudge({ mirror, log, concurrency, pace });
  return live;
}

/** Counts runs and remembers their causes; each takes `ms` and ends with an outcome. */
function recorder(ms = 0, outcomes: Outcome[] = []) {
  const causes: string[] = [];
  const signals: AbortSignal[] = [];
  let together = 0;
  const seen = { causes, signals, most: 0 };
  const run: Run = async (signal, cause) => {
    const index = causes.push(cause) - 1;
    signals.push(signal);
    seen.most = Math.max(seen.most, ++together);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    together--;
    return [{ outcome: outcomes[index] ?? 'pass' }];
  };
  return { ...seen, run, most: () => seen.most };
}

afterEach(async () => {
  await live?.stop();
  live = undefined;
});

describe('LiveJudge', () => {
  it('runs at once, without a cause', async () => {
    const { run, causes } = recorder();
    open(new FakeMirror()).watch('a', ['production-minji'], run);
    await sleep(5);
    expect(causes).toEqual(['']);
  });

  it('takes changes that come together as one, and names what somebody changed', async () => {
    const mirror = new FakeMirror();
    const { run, causes } = recorder();
    open(mirror).watch('a', ['production-minji'], run);
    await sleep(5);
    mirror.tell('Pod', 'api-1', { metadata: here });
    mirror.tell('NetworkPolicy', 'allow-all', { metadata: here });
    mirror.tell('Pod', 'api-2', { metadata: here });
    mirror.tell('EndpointSlice', 'api', { metadata: here });
    await sleep(40);
    expect(causes).toEqual(['', 'NetworkPolicy/allow-all']);
  });

  it('does not wait for quiet forever', async () => {
    const mirror = new FakeMirror();
    const { run, causes } = recorder();
    open(mirror).watch('a', ['production-minji'], run);
    await sleep(5);
    for (let i = 0; i < 20; i++) {
      mirror.tell('Pod', `api-${i}`, { metadata: here });
      await sleep(5);
    }
    expect(causes.length).toBeGreaterThan(2);
  });

  it('knows a change from a new version of the same', async () => {
    const mirror = new FakeMirror();
    const { run, causes } = recorder();
    open(mirror).watch('a', ['production-minji'], run);
    const at = (time: string, ready: string) => ({
      metadata: here,
      status: { conditions: [{ type: 'Ready', status: ready, lastProbeTime: time, lastTransitionTime: time }] },
    });
    mirror.tell('Pod', 'api', at('10:00', 'False'));
    await sleep(40);
    mirror.tell('Pod', 'api', at('10:01', 'False'));
    await sleep(40);
    expect(causes).toEqual(['', 'Pod/api']);
    mirror.tell('Pod', 'api', at('10:02', 'True'));
    await sleep(40);
    expect(causes).toEqual(['', 'Pod/api', 'Pod/api']);
  });

  it('tells attempts apart by namespace, and all of cluster-wide access', async () => {
    const mirror = new FakeMirror();
    const a = recorder();
    const b = recorder();
    const judge = open(mirror);
    judge.watch('a', ['production-a'], a.run);
    judge.watch('b', ['production-b'], b.run);
    await sleep(5);
    mirror.tell('Role', 'developer', { metadata: { namespace: 'production-a' } });
    mirror.tell('Namespace', 'production-b');
    mirror.tell('Namespace', 'production-c');
    await sleep(40);
    expect(a.causes).toEqual(['', 'Role/developer']);
    expect(b.causes).toEqual(['', 'Namespace/production-b']);
    mirror.tell('ClusterRoleBinding', 'everyone');
    await sleep(40);
    mirror.tell('ClusterRole', 'nodes-a', { metadata: { labels: { 'haechi.dev/attempt': 'a' } } });
    await sleep(40);
    expect(a.causes.slice(2)).toEqual(['ClusterRoleBinding/everyone', 'ClusterRole/nodes-a']);
    expect(b.causes.slice(2)).toEqual(['ClusterRoleBinding/everyone']);
  });

  it('sees deletion, and the same object made anew', async () => {
    const mirror = new FakeMirror();
    const { run, causes } = recorder();
    open(mirror).watch('a', ['production-minji'], run);
    mirror.tell('Role', 'x', { metadata: here }, 'added');
    await sleep(40);
    mirror.tell('Role', 'x', { metadata: here }, 'deleted');
    await sleep(40);
    mirror.tell('Role', 'x', { metadata: here }, 'added');
    await sleep(40);
    expect(causes).toEqual(['', 'Role/x', 'Role/x', 'Role/x']);
  });

  it('never runs one attempt twice at the same time; a change during a run causes another', async () => {
    const mirror = new FakeMirror();
    const { run, causes, most } = recorder(30);
    open(mirror).watch('a', ['production-minji'], run);
    await sleep(10);
    mirror.tell('Role', 'x', { metadata: here });
    await sleep(100);
    expect(causes).toEqual(['', 'Role/x']);
    expect(most()).toBe(1);
  });

  it('lets a run that takes long give way, once, and keeps its cause', async () => {
    const mirror = new FakeMirror();
    const { run, causes, signals } = recorder(400);
    open(mirror).watch('a', ['production-minji'], run);
    await sleep(5);
    mirror.tell('Role', 'x', { metadata: here });
    await sleep(120);
    expect(signals[0]?.aborted).toBe(true);
    expect(causes).toEqual(['', 'Role/x']);
    mirror.tell('Pod', 'y', { metadata: here });
    await sleep(120);
    expect(signals[1]?.aborted).toBe(false);
    expect(causes).toHaveLength(2);
  });

  it('repeats a run that could not judge, with growing pauses, until it can', async () => {
    const { run, causes } = recorder(0, ['error', 'error', 'pass', 'error']);
    open(new FakeMirror()).watch('a', ['production-minji'], run);
    await sleep(10);
    expect(causes).toHaveLength(1);
    await sleep(250);
    expect(causes).toEqual(['', '', '']);
  });

  it('repeats a run that rejected', async () => {
    let runs = 0;
    open(new FakeMirror()).watch('a', [], () => {
      runs++;
      return runs === 1 ? Promise.reject(new Error('gone')) : Promise.resolve([]);
    });
    await sleep(80);
    expect(runs).toBe(2);
  });

  it('judges no more attempts at the same time than it may', async () => {
    const judge = open(new FakeMirror(), 2);
    const { run, most, causes } = recorder(15);
    for (const attempt of ['a', 'b', 'c', 'd', 'e']) judge.watch(attempt, [attempt], run);
    await sleep(120);
    expect(causes).toHaveLength(5);
    expect(most()).toBe(2);
  });

  it('ends: a run under way is aborted, nothing follows, and stop waits for it', async () => {
    const mirror = new FakeMirror();
    const a = recorder(1000);
    const judge = open(mirror);
    const end = judge.watch('a', ['production-minji'], a.run);
    await sleep(5);
    end();
    expect(a.signals[0]?.aborted).toBe(true);
    mirror.tell('Role', 'x', { metadata: here });
    await judge.stop();
    expect(mirror.listeners).toBe(0);
    await sleep(30);
    expect(a.causes).toEqual(['']);
  });
});
