import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataFolder } from '../../../server/cluster/embedded/data-folder.ts';
import { EmbeddedCluster } from '../../../server/cluster/embedded/embedded.ts';
import { ownerVariable } from '../../../server/cluster/embedded/leftovers.ts';
import { programNames } from '../../../server/cluster/embedded/program-names.ts';
import { findByEnvironment } from '../../../server/cluster/embedded/process-identity.ts';
import type { ClusterStatus } from '../../../server/contract/cluster-status.ts';
import { openLog } from '../../../server/log.ts';

let folder: string;
let told: ClusterStatus[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haechi-cluster-'));
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A cluster whose etcd is a shell script; nothing comes after it. */
function open(etcd: string): EmbeddedCluster {
  const programsDir = join(folder, 'programs');
  mkdirSync(programsDir);
  for (const name of programNames) writeFileSync(join(programsDir, name), `#!/bin/sh\n${etcd}\n`, { mode: 0o755 });
  const cluster = new EmbeddedCluster({ dataFolder: join(folder, 'data'), programsDir, log: openLog('silent') });
  cluster.onStatus((status) => told.push(status));
  return cluster;
}

/** Resolves when etcd has a process that has not ended. */
async function started(cluster: EmbeddedCluster): Promise<void> {
  await expect.poll(() => cluster.status().components[0]?.memory).toBeGreaterThan(0);
}

/** All processes that work for the cluster. */
function processes(): number[] {
  const pids = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  return findByEnvironment(pids, ownerVariable, join(folder, 'data', 'cluster')).map(({ pid }) => pid);
}

const words = 'The cluster was stopped before it was ready. Start Haechi again.';

test('a component that ends again and again is an error with its last words and its log', async () => {
  const cluster = open('echo first; echo "no space left on device" >&2; exit 3');
  const problem =
    'etcd did not start (exit code 3). Its last words: no space left on device ' +
    `The whole log is ${join(folder, 'data', 'cluster', 'logs', 'etcd.log')}.`;
  await expect(cluster.start(new AbortController().signal)).rejects.toThrow(problem);
  expect(cluster.status()).toMatchObject({
    phase: 'failed',
    progress: null,
    problem: { code: 'component-failed', message: { en: problem } },
    components: [
      { name: 'etcd', state: 'stopped', restarts: 3 },
      { name: 'kube-apiserver', state: 'stopped', restarts: 0 },
      { name: 'kube-controller-manager', state: 'stopped', restarts: 0 },
    ],
  });
  // Nothing of it is held any more.
  lockDataFolder(join(folder, 'data', 'cluster')).release();
});

test('a start that is stopped in the middle leaves no process, and says that it was stopped', async () => {
  const cluster = open('exec sleep 600');
  const stopping = new AbortController();
  const starting = cluster.start(stopping.signal);
  await started(cluster);
  expect(processes()).toHaveLength(1);
  stopping.abort();
  await expect(starting).rejects.toThrow(words);
  expect(processes()).toEqual([]);
  expect(cluster.status()).toMatchObject({ phase: 'stopped', problem: null });
  expect(cluster.status().components[0]).toEqual({ name: 'etcd', state: 'stopped', restarts: 0 });
  expect(() => cluster.kube()).toThrow('The cluster is not ready yet. Start again once it is.');
});

test('who starts it a second time waits for the same start; any of them ends it', async () => {
  const cluster = open('exec sleep 600');
  const second = new AbortController();
  const both = Promise.allSettled([cluster.start(new AbortController().signal), cluster.start(second.signal)]);
  await started(cluster);
  second.abort();
  const ends = (await both).map((end) => (end.status === 'rejected' ? String(end.reason) : 'started'));
  expect(ends).toEqual([`HaechiError: ${words}`, `HaechiError: ${words}`]);
  expect(told.filter(({ progress }) => progress?.step === 'etcd').length).toBeGreaterThan(0);
});

test('with a signal that says stop already, nothing is started', async () => {
  const cluster = open('exec sleep 600');
  await expect(cluster.start(AbortSignal.abort())).rejects.toThrow(words);
  expect(told.map(({ phase }) => phase)).toEqual(['stopped']);
});

test('a component that does not mind SIGTERM is ended when its time is over, or at once', async () => {
  const stuck = 'trap "" TERM; while :; do sleep 0.1; done';
  const cluster = open(stuck);
  const starting = cluster.start(new AbortController().signal).catch(String);
  await started(cluster);
  const began = Date.now();
  const stopping = cluster.stop();
  await cluster.kill();
  expect(Date.now() - began).toBeLessThan(1000);
  await stopping;
  expect(await starting).toBe(`HaechiError: ${words}`);
  expect(processes()).toEqual([]);
});

test('a platform that ends by an error nobody caught takes its components along', async () => {
  open('exec sleep 600');
  const url = (path: string) => JSON.stringify(new URL(`../../../server/${path}`, import.meta.url).href);
  const script = `const { EmbeddedCluster } = await import(${url('cluster/embedded/embedded.ts')});
    const { openLog } = await import(${url('log.ts')});
    const cluster = new EmbeddedCluster({ dataFolder: 'data', programsDir: 'programs', log: openLog('silent') });
    cluster.onStatus(({ components: [etcd] }) => {
      if (etcd?.state === 'starting') setTimeout(() => { throw new Error('nobody catches this'); });
    });
    await cluster.start(new AbortController().signal);`;
  const platform = spawn(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder });
  let said = '';
  platform.stderr.on('data', (data: Buffer) => (said += data.toString()));
  await once(platform, 'close');
  expect(said).toContain('nobody catches this');
  await expect.poll(processes).toEqual([]);
});
