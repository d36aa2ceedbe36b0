import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { systemNamespace } from '../../server/attempt/labels.ts';
import { ExistingCluster } from '../../server/cluster/existing/existing.ts';
import { leaseName, type Lease } from '../../server/cluster/existing/hold/lease.ts';
import { Kube } from '../../server/cluster/kube.ts';
import { PlatformProcess } from '../contract/embedded/platform-process.ts';

const path = `/apis/coordination.k8s.io/v1/namespaces/${systemNamespace}/leases/${leaseName}`;

let folder: string;
let kubeconfig: string;
let kube: Kube;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-one-platform-'));
  kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, inject('kubeconfig'), { mode: 0o600 });
  kube = new Kube(inject('kubeconfig'));
});
afterAll(async () => {
  await kube.close();
  await rm(folder, { recursive: true, force: true });
});

const holder = async () => (await kube.request<Lease>('GET', path)).value.spec?.holderIdentity;

function open(): ExistingCluster {
  const cluster = new ExistingCluster({ kubeconfig, nodeNetwork: 'off', log: pino({ level: 'silent' }) });
  onTestFinished(() => cluster.stop());
  return cluster;
}

async function startProcess(name: string): Promise<PlatformProcess> {
  const args = ['--cluster', 'existing', '--kubeconfig', kubeconfig, '--port', '0'];
  const platform = new PlatformProcess(join(folder, name), args);
  onTestFinished(async () => {
    await platform.end('SIGKILL');
  });
  await platform.ready();
  return platform;
}

test('of two that start at once one has the cluster; when it stops, the next has it without waiting', async () => {
  const clusters = [open(), open()];
  const outcomes = await Promise.allSettled(clusters.map((each) => each.start(AbortSignal.timeout(60_000))));
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  const [first, second] = outcomes[0]?.status === 'fulfilled' ? clusters : clusters.toReversed();
  expect(first?.status().phase).toBe('ready');
  expect(second?.status()).toMatchObject({
    phase: 'failed',
    problem: {
      code: 'cluster-in-use',
      message: { en: expect.stringContaining(`process ${process.pid}) has this cluster, since `) as string },
    },
  });
  expect(await holder()).toMatch(`_${process.pid}_`);
  await first?.stop();
  expect(await holder()).toBeUndefined();
  const began = performance.now();
  const next = open();
  await next.start(AbortSignal.timeout(60_000));
  expect(performance.now() - began).toBeLessThan(8_000);
});

test('one that was killed keeps the next waiting for seconds, and one that stops in order does not', async () => {
  const killed = await startProcess('killed');
  await killed.end('SIGKILL');
  const next = open();
  const steps: string[] = [];
  next.onStatus(({ progress }) => steps.push(progress?.title.en ?? ''));
  const began = performance.now();
  await next.start(AbortSignal.timeout(60_000));
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(steps.join('\n')).toContain(`process ${killed.pid}) still runs`);
  await next.stop();

  const orderly = await startProcess('orderly');
  expect(await holder()).toMatch(`_${orderly.pid}_`);
  expect(await orderly.end('SIGTERM')).toMatchObject({ code: 0 });
  expect(await holder()).toBeUndefined();
});

test('a platform that has lost the cluster says to whom, and stops in order', async () => {
  const platform = await startProcess('lost');
  const now = new Date().toISOString().replace('Z', '000Z');
  await kube.request('PATCH', path, {
    contentType: 'application/merge-patch+json',
    body: { spec: { holderIdentity: 'other-host_7_00ff00', acquireTime: now, renewTime: now } },
  });
  try {
    expect(await platform.end()).toMatchObject({ code: 1 });
    expect(platform.output).toMatch(
      /Problem: Another Haechi \(other-host, process 7\) has taken this cluster over at 20[^\n]*\n(.*\n)*Stopping…\n/,
    );
    expect(await holder()).toBe('other-host_7_00ff00');
  } finally {
    await kube.request('DELETE', path);
  }
});
