import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ClusterStatus } from '../../../server/contract/cluster-status.ts';
import { HaechiError, toProblem } from '../../../server/errors.ts';
import { openMonitoring, type Monitoring } from '../../../server/monitoring/listener.ts';
import { createMetrics, type Metrics } from '../../../server/monitoring/metrics.ts';
import { readinessOf, type LabsState } from '../../../server/monitoring/readiness.ts';

const log = pino({ level: 'silent' });
let metrics: Metrics;
let monitoring: Monitoring;
let phase: ClusterStatus['phase'];
let database: () => Promise<void>;
let labs: LabsState;

beforeEach(async () => {
  phase = 'ready';
  labs = 'ready';
  database = () => Promise.resolve();
  metrics = createMetrics();
  const status = () => ({
    kind: 'existing' as const,
    reason: null,
    network: null,
    nodeNetwork: null,
    phase,
    progress: null,
    components: [],
    version: null,
    problem: phase === 'failed' ? toProblem(new HaechiError('cluster-not-ready'), () => undefined) : null,
  });
  const readiness = () => readinessOf({ askDatabase: () => database() }, { status }, labs);
  monitoring = await openMonitoring({ host: '127.0.0.1', port: 0, metrics, readiness, log });
});
afterEach(() => monitoring.stop());

async function get(path: string, method = 'GET'): Promise<string> {
  const response = await fetch(monitoring.url + path, { method });
  return `${response.status} ${await response.text()}`;
}

/** The lines of the metrics that are the platform's own. */
async function own(): Promise<string[]> {
  return (await get('/metrics')).split('\n').filter((line) => line.startsWith('haechi_'));
}

test('it is alive whatever is missing', async () => {
  phase = 'failed';
  database = () => Promise.reject(new Error('closed'));
  expect(await get('/healthz')).toBe('200 ok\n');
});

test.each([
  ['ready', '200 database: ok\ncluster: ready\nlabs: ready\n'],
  ['degraded', '200 database: ok\ncluster: degraded\nlabs: ready\n'],
  ['preparing', '503 database: ok\ncluster: preparing\nlabs: ready\n'],
  ['failed', '503 database: ok\ncluster: failed (cluster-not-ready)\nlabs: ready\n'],
  ['stopped', '503 database: ok\ncluster: stopped\nlabs: ready\n'],
] as const)('with a cluster that is %s', async (is, answer) => {
  phase = is;
  expect(await get('/readyz')).toBe(answer);
});

test.each(['preparing', 'failed'] as const)('with labs that are %s', async (state) => {
  labs = state;
  expect(await get('/readyz')).toBe(`503 database: ok\ncluster: ready\nlabs: ${state}\n`);
});

test('without a database it is not ready, nor with one that never answers', async () => {
  database = () => Promise.reject(new Error('closed'));
  expect(await get('/readyz')).toBe('503 database: failed\ncluster: ready\nlabs: ready\n');
  database = () => new Promise(() => undefined);
  expect(await get('/readyz')).toBe('503 database: failed\ncluster: ready\nlabs: ready\n');
});

test('numbers are counted by what content and code name', async () => {
  const { observer } = metrics;
  const verdict = { check: 'locked', findings: [], judgedAt: '2026-01-01T00:00:00.000Z' };
  observer.onSetUp?.({ lab: 'week-01/a', outcome: 'ready', problem: null, seconds: 0.6 });
  observer.onSetUp?.({ lab: 'week-01/a', outcome: 'failed', problem: 'pods-not-ready', seconds: 61 });
  observer.onJudged?.({ lab: 'week-01/a', seconds: 0.2, verdicts: [{ ...verdict, outcome: 'fail' }] });
  observer.onJudged?.({ lab: 'week-01/a', seconds: 0.2, verdicts: [{ ...verdict, outcome: 'pass' }] });
  observer.onProblem?.({ code: 'pods-not-ready', message: { ko: '-', en: '-' } });
  metrics.countFrom({ count: () => ({ attempts: new Map([['active', 3] as const]), terminals: 5 }) });
  const lines = await own();
  for (const line of [
    'haechi_attempts{state="active"} 3',
    'haechi_terminals 5',
    'haechi_setup_duration_seconds_bucket{le="0.5",lab="week-01/a",outcome="ready"} 0',
    'haechi_setup_duration_seconds_bucket{le="1",lab="week-01/a",outcome="ready"} 1',
    'haechi_setup_duration_seconds_bucket{le="60",lab="week-01/a",outcome="failed"} 0',
    'haechi_setup_duration_seconds_sum{lab="week-01/a",outcome="failed"} 61',
    'haechi_judgement_duration_seconds_count{lab="week-01/a"} 2',
    'haechi_verdicts_total{lab="week-01/a",check="locked",outcome="fail"} 1',
    'haechi_verdicts_total{lab="week-01/a",check="locked",outcome="pass"} 1',
    'haechi_errors_total{code="pods-not-ready"} 2',
  ])
    expect(lines).toContain(line);
});

test('the process’ own numbers come along, and are counted for each platform apart', async () => {
  expect(await get('/metrics')).toContain('process_resident_memory_bytes');
  createMetrics().observer.onProblem?.({ code: 'not-found', message: { ko: '-', en: '-' } });
  expect(await own()).not.toContain('haechi_errors_total{code="not-found"} 1');
});

test('nothing else is there, and nothing can be changed', async () => {
  expect(await get('/')).toBe('404 not found\n');
  expect(await get('/api/attempts')).toBe('404 not found\n');
  expect(await get('/metrics', 'POST')).toBe('405 GET only\n');
  expect(await get('/healthz?verbose')).toBe('200 ok\n');
});

test('a port in use is told by its own error', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const readiness = () => Promise.resolve({ ready: true, lines: [] });
  try {
    await expect(openMonitoring({ host: '127.0.0.1', port, metrics, readiness, log })).rejects.toMatchObject({
      code: 'metrics-port-in-use',
    });
  } finally {
    other.close();
  }
});
