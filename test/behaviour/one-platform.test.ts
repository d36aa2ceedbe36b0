import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, inject, test, type TestContext } from 'vitest';
import { systemNamespace } from '../../server/attempt/labels.ts';
import { ClusterHold } from '../../server/cluster/existing/hold/hold.ts';
import type { Lease } from '../../server/cluster/existing/hold/lease.ts';
import { Kube, type KubeRequest } from '../../server/cluster/kube.ts';
import type { HaechiError } from '../../server/errors.ts';

const log = pino({ level: 'silent' });
const leases = `/apis/coordination.k8s.io/v1/namespaces/${systemNamespace}/leases`;

let kube: Kube;
beforeAll(() => {
  kube = new Kube(inject('kubeconfig'));
});
afterAll(() => kube.close());

/** A lease of its own, as other tests hold the cluster itself. */
function newLease({ onTestFinished }: TestContext) {
  const name = `haechi-test-${randomBytes(4).toString('hex')}`;
  onTestFinished(async () => {
    await kube.request('DELETE', `${leases}/${name}`);
  });
  const read = async () => (await kube.request<Lease>('GET', `${leases}/${name}`)).value.spec;
  return { name, read };
}

/** A platform that wants it, on a way to the API server that can be cut. */
function platform({ onTestFinished }: TestContext, name: string, pid: number) {
  const identity = `host_${pid}_00000${pid % 10}`;
  const way = {
    cut: false,
    request<T>(method: string, path: string, options?: KubeRequest) {
      return way.cut ? Promise.reject(new Error('cut')) : kube.request<T>(method, path, options);
    },
  };
  const lost: HaechiError[] = [];
  const waited: string[] = [];
  const take = async () => {
    const hold = await ClusterHold.take(way, {
      log,
      signal: AbortSignal.timeout(40_000),
      identity,
      name,
      onLost: (error) => lost.push(error),
      onWaiting: (holder) => waited.push(holder),
    });
    onTestFinished(() => hold.release());
    return hold;
  };
  return { identity, way, lost, waited, take };
}

async function timed<T>(work: Promise<T>): Promise<{ value: T; milliseconds: number }> {
  const began = performance.now();
  const value = await work;
  return { value, milliseconds: performance.now() - began };
}

describe.concurrent('a cluster is one platform’s at a time', () => {
  test('of many that want it at once one has it, and the others are told who', async (context) => {
    const { expect } = context;
    const { name, read } = newLease(context);
    const platforms = [1, 2, 3, 4, 5, 6, 7, 8].map((pid) => platform(context, name, pid));
    const outcomes = await Promise.allSettled(platforms.map(({ take }) => take()));
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled') + 1;
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(7);
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ code: 'cluster-in-use' });
      expect((reason as Error).message).toMatch(
        new RegExp(`^Another Haechi \\(host, process ${winner}\\) has this cluster, since 20\\S+Z\\. Stop that one`),
      );
    }
    expect((await read())?.holderIdentity).toBe(platforms[winner - 1]?.identity);
  });

  test('who comes later is refused as soon as the holder has renewed it, again and again', async (context) => {
    const { expect } = context;
    const { name } = newLease(context);
    await platform(context, name, 1).take();
    for (const pid of [2, 3]) {
      const { milliseconds } = await timed(
        expect(platform(context, name, pid).take()).rejects.toThrow('host, process 1'),
      );
      expect(milliseconds).toBeLessThan(8_000);
    }
  });

  test('one that was let go of is had at once', async (context) => {
    const { expect } = context;
    const { name, read } = newLease(context);
    const hold = await platform(context, name, 1).take();
    await hold.release();
    expect((await read())?.holderIdentity).toBeUndefined();
    const next = platform(context, name, 2);
    const { milliseconds } = await timed(next.take());
    expect(milliseconds).toBeLessThan(2_000);
    expect(next.waited).toEqual([]);
    expect(await read()).toMatchObject({ holderIdentity: next.identity, leaseTransitions: 2 });
  });

  test('one whose holder is gone is taken over when it has expired; the holder that comes back is told', async (context) => {
    const { expect } = context;
    const { name, read } = newLease(context);
    const first = platform(context, name, 1);
    const hold = await first.take();
    first.way.cut = true;
    const next = platform(context, name, 2);
    const { milliseconds } = await timed(next.take());
    expect(milliseconds).toBeGreaterThan(11_500);
    expect(milliseconds).toBeLessThan(15_000);
    expect(next.waited).toEqual(['host, process 1']);
    expect(first.lost).toEqual([]);
    first.way.cut = false;
    await expect.poll(() => first.lost, { timeout: 8_000 }).toHaveLength(1);
    expect(first.lost[0]?.code).toBe('cluster-taken-over');
    expect(first.lost[0]?.message).toMatch(/^Another Haechi \(host, process 2\) has taken this cluster over at 20\S+Z/);
    // What it lets go of is no longer its own.
    await hold.release();
    expect((await read())?.holderIdentity).toBe(next.identity);
    expect(next.lost).toEqual([]);
  });

  test('a holder that does not reach the API server for longer goes on when it does, if nobody else came', async (context) => {
    const { expect } = context;
    const { name, read } = newLease(context);
    const holder = platform(context, name, 1);
    await holder.take();
    const before = await read();
    holder.way.cut = true;
    await sleep(14_000);
    holder.way.cut = false;
    await expect.poll(async () => (await read())?.renewTime !== before?.renewTime, { timeout: 8_000 }).toBe(true);
    expect(holder.lost).toEqual([]);
    expect(await read()).toMatchObject({ holderIdentity: holder.identity, acquireTime: before?.acquireTime });
    await expect(platform(context, name, 2).take()).rejects.toMatchObject({ code: 'cluster-in-use' });
  });

  test('a lease that somebody deletes is there again', async (context) => {
    const { expect } = context;
    const { name, read } = newLease(context);
    const holder = platform(context, name, 1);
    await holder.take();
    await kube.request('DELETE', `${leases}/${name}`);
    await expect
      .poll(
        () =>
          read().then(
            (spec) => spec?.holderIdentity,
            () => null,
          ),
        { timeout: 8_000 },
      )
      .toBe(holder.identity);
    expect(holder.lost).toEqual([]);
  });
});
