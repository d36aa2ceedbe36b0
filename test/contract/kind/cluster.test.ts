import type { V1Node } from '@kubernetes/client-node';
import { readFile, rm, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { KindCluster } from '../../../server/cluster/kind/kind.ts';
import { wantedImages } from '../../../server/cluster/kind/images/wanted.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import type { ClusterStatus } from '../../../server/contract/cluster-status.ts';
import { openLog } from '../../../server/log.ts';
import { words } from '../../kind/docker-words.ts';
import { Setting } from '../../kind/setting.ts';

const reason = { ko: '까닭', en: 'why' };

let setting: Setting;
let dataFolder: string;
let cluster: KindCluster;
let statuses: ClusterStatus[];
beforeEach(async () => {
  setting = await Setting.open();
  dataFolder = await mkdtemp(join(tmpdir(), 'haechi-kind-data-'));
  statuses = [];
  cluster = new KindCluster({
    dataFolder,
    log: openLog('silent'),
    environment: setting.environment,
    programsDir: dirname(inject('kubectl')),
    nodeNetwork: 'off',
    reason,
  });
  cluster.onStatus((status) => statuses.push(status));
});
afterEach(async () => {
  await cluster.stop();
  await setting.close();
  await rm(dataFolder, { recursive: true, force: true });
});

async function nodesOf(kube: Kube): Promise<V1Node[]> {
  return (await kube.request<{ items: V1Node[] }>('GET', '/api/v1/nodes')).value.items;
}

/** A cluster that runs: its API server is the embedded one's, and its node's container has that one's name. */
async function thereIs(): Promise<void> {
  const kubeconfig = inject('kubeconfig');
  const kube = new Kube(kubeconfig);
  try {
    for (const { metadata } of await nodesOf(kube)) setting.put(metadata?.name ?? '');
  } finally {
    await kube.close();
  }
  setting.kubeconfigIs(Number(/server: https:\/\/127\.0\.0\.1:(\d+)/.exec(kubeconfig)?.[1]), kubeconfig);
}
const steps = () => [...new Set(statuses.flatMap(({ progress }) => progress?.step ?? []))];

test('finds the cluster, gives its nodes the images, connects, and leaves it running', async () => {
  await thereIs();
  await cluster.start(AbortSignal.timeout(30_000));
  expect(cluster.status()).toMatchObject({ kind: 'kind', phase: 'ready', reason, progress: null, version: 'v1.37.2' });
  expect(steps()).toEqual(['tools', 'wait-for-nodes', 'images', 'connect', 'rights', 'hold', 'kubectl']);
  expect(statuses.every(({ kind }) => kind === 'kind')).toBe(true);
  expect(setting.calls.filter((call) => call.startsWith('kind load'))).toHaveLength((await wantedImages()).length);
  expect((await nodesOf(cluster.kube())).length).toBeGreaterThan(0);
  expect(cluster.kubectl()).toBe(inject('kubectl'));
  const path = join(dataFolder, 'kind', 'kubeconfig');
  expect(await readFile(path, 'utf8')).toContain('current-context');
  expect((await stat(path)).mode & 0o777).toBe(0o600);

  await cluster.stop();
  expect(cluster.status().phase).toBe('stopped');
  expect(setting.calls.filter((call) => /^(stop|rm|kind delete)/.test(call))).toEqual([]);
});

test('what is missing is a problem with its remedy', async () => {
  setting.fail('info', words.denied);
  await expect(cluster.start(AbortSignal.timeout(30_000))).rejects.toMatchObject({ code: 'docker-denied' });
  expect(cluster.status()).toMatchObject({
    kind: 'kind',
    phase: 'failed',
    problem: { code: 'docker-denied', message: { en: expect.stringContaining('usermod -aG docker') as string } },
  });
  expect(() => cluster.kube()).toThrow('The cluster is not ready yet.');
});

test('stopping in the middle of creating ends it', async () => {
  setting.hold('run');
  const starting = cluster.start(AbortSignal.timeout(30_000));
  const ended = expect(starting).rejects.toMatchObject({ code: 'cluster-stopped' });
  await expect.poll(() => setting.held, { timeout: 10_000 }).toHaveLength(1);
  await cluster.stop();
  await ended;
  expect(cluster.status().phase).toBe('stopped');
});
