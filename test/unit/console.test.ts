import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Console } from '../../server/console.ts';
import type { ClusterStatus, ComponentStatus } from '../../server/contract/cluster-status.ts';
import type { Progress } from '../../server/contract/progress.ts';

let tell: (status: Partial<ClusterStatus>) => void;
let written: string;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') });
  written = '';
});
afterEach(() => void vi.useRealTimers());

/** A console that is told of a cluster; `tell` stands for the cluster. */
function open(terminal: { isTTY?: boolean; columns?: number } = {}) {
  const console = new Console({ ...terminal, write: (text) => (written += text) });
  const end = console.watch({
    onStatus: (listener) => {
      tell = (status) =>
        listener({
          kind: 'embedded',
          reason: null,
          phase: 'preparing',
          progress: null,
          network: null,
          nodeNetwork: null,
          components: [],
          problem: null,
          version: null,
          ...status,
        });
      return () => undefined;
    },
  });
  return { console, end };
}

function build(done: number, total = 1800): Progress {
  return {
    step: 'build',
    title: { ko: '빌드', en: 'Building Kubernetes v1.37.2' },
    fraction: done / total,
    done,
    total,
    unit: 'packages',
    startedAt: '2026-01-01T00:00:00.000Z',
  };
}

test('into a file: a line at the beginning of a step, every 5 %, and every 10 s', () => {
  open();
  for (let done = 0; done <= 200; done++) {
    tell({ progress: build(done) });
    vi.advanceTimersByTime(100);
  }
  vi.advanceTimersByTime(45_000);
  expect(written.split('\n')).toEqual([
    'Building Kubernetes v1.37.2… 0 %, 0 of 1800 packages',
    'Building Kubernetes v1.37.2… 5 %, 90 of 1800 packages, 9 s',
    'Building Kubernetes v1.37.2… 10 %, 180 of 1800 packages, 18 s',
    'Building Kubernetes v1.37.2… 11 %, 200 of 1800 packages, 28 s',
    'Building Kubernetes v1.37.2… 11 %, 200 of 1800 packages, 38 s',
    'Building Kubernetes v1.37.2… 11 %, 200 of 1800 packages, 48 s',
    'Building Kubernetes v1.37.2… 11 %, 200 of 1800 packages, 58 s',
    '',
  ]);
});

test('a step that flies is told once a second', () => {
  open();
  for (let done = 0; done <= 1800; done += 9) {
    tell({ progress: build(done) });
    vi.advanceTimersByTime(10);
  }
  expect(written.split('\n')).toEqual([
    'Building Kubernetes v1.37.2… 0 %, 0 of 1800 packages',
    'Building Kubernetes v1.37.2… 50 %, 900 of 1800 packages, 1 s',
    'Building Kubernetes v1.37.2… 100 %, 1800 of 1800 packages, 2 s',
    '',
  ]);
});

test('bytes are told in MB, and minutes after the first', () => {
  open();
  vi.setSystemTime(Date.parse('2026-01-01T00:02:40Z'));
  tell({
    progress: {
      ...build(0),
      title: { ko: '', en: 'Downloading etcd' },
      fraction: 0.5,
      done: 12e6,
      total: 24e6,
      unit: 'bytes',
    },
  });
  expect(written).toBe('Downloading etcd… 50 %, 12.0 of 24.0 MB, 2 min 40 s\n');
});

test('on a terminal: one line that moves each second and fits; what else is said gets lines of its own', () => {
  const { console, end } = open({ isTTY: true, columns: 41 });
  tell({ progress: build(90) });
  vi.advanceTimersByTime(2000);
  console.say('Haechi is at http://127.0.0.1:8088');
  tell({
    progress: {
      step: 'etcd',
      title: { ko: '', en: 'Starting etcd' },
      fraction: null,
      startedAt: '2026-01-01T00:00:02.000Z',
    },
  });
  end();
  const line = '\rBuilding Kubernetes v1.37.2… 5 %, 90 of \x1b[K';
  expect(written).toBe(`${line}${line}${line}\nHaechi is at http://127.0.0.1:8088\n\rStarting etcd…\x1b[K\n`);
});

test('a component that is down is named, once, and that it runs again', () => {
  open();
  const components = (state: ComponentStatus['state']): ComponentStatus[] => [
    { name: 'etcd', state: 'running', restarts: 0 },
    { name: 'kube-apiserver', state, restarts: 1 },
  ];
  tell({ phase: 'ready', components: components('running') });
  tell({ phase: 'degraded', components: components('restarting') });
  tell({ phase: 'degraded', components: components('restarting') });
  tell({ phase: 'ready', components: components('running') });
  expect(written).toBe('Restarting: kube-apiserver\nRunning again.\n');
});

test('a problem is said in its own words', () => {
  open();
  tell({ phase: 'failed', problem: { code: 'component-failed', message: { ko: '', en: 'etcd did not start.' } } });
  expect(written).toBe('Problem: etcd did not start.\n');
});

test.each([
  [
    { policies: 'enforced', denial: 'silent', reason: '' },
    'Measured: the cluster’s network enforces NetworkPolicy. Traffic is judged with real packets, too.\n',
  ],
  [
    { policies: 'ignored', denial: 'silent', reason: '' },
    'Measured: the cluster’s network does not enforce NetworkPolicy. Traffic is judged by the policies alone.\n',
  ],
  [
    { policies: 'unknown', denial: 'silent', reason: 'ErrImagePull' },
    'Whether the cluster’s network enforces NetworkPolicy could not be measured (ErrImagePull). Traffic is judged by the policies alone.\n',
  ],
] as const)('what was measured of the network is said once: $policies', (network, line) => {
  open();
  tell({ phase: 'ready', network });
  tell({ phase: 'ready', network });
  expect(written).toBe(line);
});

test.each([
  [{ state: 'held', reason: '' }, 'Labs’ pods are fenced off: no way to other attempts, nodes or metadata.\n'],
  [
    { state: 'off', reason: '' },
    'Labs’ pods are not fenced off (--node-network off): they can reach other attempts, nodes and metadata.\n',
  ],
  [
    { state: 'lacking', reason: 'node1: ErrImagePull' },
    'Labs’ pods are not fenced off (node1: ErrImagePull): they can reach other attempts, nodes and metadata.\n',
  ],
] as const)('whether nodes hold lab pods is said once: $state', (nodeNetwork, line) => {
  open();
  tell({ phase: 'ready', nodeNetwork });
  tell({ phase: 'ready', nodeNetwork });
  expect(written).toBe(line);
});
