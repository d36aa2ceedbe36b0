import type { V1Namespace, V1Node, V1Pod } from '@kubernetes/client-node';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RuleKeeper } from '../../../server/cluster/existing/node-network/rule-keeper.ts';
import type { Mirror, MirrorChange } from '../../../server/cluster/mirror.ts';
import type { NodeNetworkState } from '../../../server/contract/network.ts';

const patience = { firstMs: 60_000, laterMs: 15_000 };

let pods: V1Pod[];
let nodes: V1Node[];
let tellChange: Set<(change: MirrorChange) => void>;
let told: NodeNetworkState[];
/** What was put, by pod. */
let put: [pod: string, ruleset: string][];
let refuse: (pod: string) => string;
/** How long putting takes. */
let takesMs: number;
let keeper: RuleKeeper;

beforeEach(() => {
  vi.useFakeTimers();
  pods = [];
  nodes = [node('node1')];
  tellChange = new Set();
  told = [];
  put = [];
  refuse = () => '';
  takesMs = 0;
});
afterEach(async () => {
  const stopped = keeper.stop();
  await vi.runAllTimersAsync();
  await stopped;
  vi.useRealTimers();
});

const node = (name: string): V1Node => ({
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
});
const namespace: V1Namespace = { metadata: { name: 'production', labels: { 'haechi.dev/attempt': 'x' } } };
const labPod = (ip: string): V1Pod => ({
  metadata: { name: `web-${ip}`, namespace: 'production' },
  status: { podIP: ip },
});
const running = (name: string, containerID: string, nodeName = 'node1'): V1Pod => ({
  metadata: { name, namespace: 'haechi-node-network' },
  spec: { nodeName, containers: [], hostNetwork: true },
  status: {
    containerStatuses: [
      { name: 'rules', containerID, state: { running: {} }, image: '', imageID: '', ready: true, restartCount: 0 },
    ],
  },
});
const waiting = (name: string, reason: string, message: string): V1Pod => ({
  metadata: { name, namespace: 'haechi-node-network' },
  spec: { nodeName: 'node1', containers: [] },
  status: {
    containerStatuses: [
      { name: 'rules', state: { waiting: { reason, message } }, image: '', imageID: '', ready: false, restartCount: 0 },
    ],
  },
});

function open(): void {
  const mirror = {
    list: (kind: string, within?: string) =>
      kind === 'Pod'
        ? pods.filter(({ metadata }) => within === undefined || metadata?.namespace === within)
        : kind === 'Node'
          ? nodes
          : [],
    get: (kind: string, name: string) => (kind === 'Namespace' && name === 'production' ? namespace : undefined),
    onChange: (listener: (change: MirrorChange) => void) => {
      tellChange.add(listener);
      return () => tellChange.delete(listener);
    },
  } as unknown as Mirror;
  keeper = new RuleKeeper({
    mirror,
    nodes: mirror,
    patience,
    log: pino({ level: 'silent' }),
    tell: (state) => told.push(state),
    put: async (pod, ruleset) => {
      const words = refuse(pod);
      if (words !== '') throw new Error(words);
      if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs));
      put.push([pod, ruleset]);
    },
  });
}

async function change(): Promise<void> {
  for (const listener of tellChange) listener({ kind: 'Pod', type: 'modified', object: {} });
  await vi.advanceTimersByTimeAsync(100);
}

test('a node’s rules are put in force once its pod runs, and that is told', async () => {
  open();
  await change();
  expect([put, told]).toEqual([[], []]);
  pods = [running('a', 'c1')];
  await change();
  expect(put.map(([pod]) => pod)).toEqual(['a']);
  expect(told).toEqual([{ state: 'held', reason: '' }]);
});

test('they follow the attempts’ pods, and nothing is put twice', async () => {
  pods = [running('a', 'c1')];
  open();
  await change();
  pods.push(labPod('10.0.0.7'));
  await change();
  await change();
  expect(put.length).toBe(2);
  expect(put[1]?.[1]).toContain('10.0.0.7 : goto group-0');
  expect(told).toEqual([{ state: 'held', reason: '' }]);
});

test('a container that starts anew is told anew', async () => {
  pods = [running('a', 'c1')];
  open();
  await change();
  pods = [running('a', 'c2')];
  await change();
  expect(put.map(([pod]) => pod)).toEqual(['a', 'a']);
});

test('a pod that ends takes the rules of its node away: the next one of the node is told again', async () => {
  pods = [running('a', 'c1'), running('b', 'c2'), running('far', 'c3', 'node2')];
  nodes = [node('node1'), node('node2')];
  open();
  await change();
  pods = [running('b', 'c2'), running('far', 'c3', 'node2')];
  await change();
  expect(put.map(([pod]) => pod)).toEqual(['a', 'b', 'far', 'b']);
});

test('a node that refuses is tried again, and does not keep others from theirs', async () => {
  pods = [running('a', 'c1'), running('b', 'c2', 'node2')];
  nodes = [node('node1'), node('node2')];
  refuse = (pod) => (pod === 'a' ? 'no such table' : '');
  open();
  await change();
  expect(put.map(([pod]) => pod)).toEqual(['b']);
  await vi.advanceTimersByTimeAsync(patience.firstMs);
  expect(told).toEqual([{ state: 'lacking', reason: 'node1: no such table' }]);
  refuse = () => '';
  await vi.advanceTimersByTimeAsync(2000);
  expect(put.map(([pod]) => pod)).toEqual(['b', 'a']);
  expect(told.at(-1)).toEqual({ state: 'held', reason: '' });
});

test('an image that can’t be had is told after a while, in the node’s words', async () => {
  pods = [waiting('a', 'ErrImagePull', 'no such host')];
  open();
  await change();
  await vi.advanceTimersByTimeAsync(patience.firstMs - 1000);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(told).toEqual([{ state: 'lacking', reason: 'node1: ErrImagePull: no such host' }]);
});

test('a node that comes later and has no pod is told of, too', async () => {
  pods = [running('a', 'c1')];
  open();
  await change();
  nodes = [node('node1'), node('node2')];
  await change();
  await vi.advanceTimersByTimeAsync(patience.laterMs);
  expect(told).toEqual([
    { state: 'held', reason: '' },
    { state: 'lacking', reason: 'node2: it has no pod' },
  ]);
});

test('a node that is busy is not behind as long as newer rules come into force, and is when they don’t', async () => {
  pods = [running('a', 'c1')];
  open();
  await change();
  takesMs = 5000;
  for (let second = 0; second < 60; second++) {
    pods.push(labPod(`10.0.0.${second}`));
    await change();
    await vi.advanceTimersByTimeAsync(900);
  }
  expect(put.length).toBeGreaterThan(10);
  expect(told).toEqual([{ state: 'held', reason: '' }]);
  takesMs = 1_000_000;
  await vi.advanceTimersByTimeAsync(6000);
  pods.push(labPod('10.0.1.1'));
  await change();
  await vi.advanceTimersByTimeAsync(patience.laterMs);
  expect(told.slice(1)).toEqual([{ state: 'lacking', reason: 'node1: its newest rules are not in force yet' }]);
});
