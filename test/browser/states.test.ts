import type { Page, WebSocketRoute } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { ClusterStatus } from '../../server/contract/cluster-status.ts';
import { lab, soon, useStage } from './stage.ts';

const stage = useStage();
let page: Page;
let said: ClusterStatus | null = null;
let socket: WebSocketRoute;

const ready: ClusterStatus = {
  kind: 'embedded',
  reason: null,
  phase: 'ready',
  progress: null,
  components: [],
  problem: null,
  version: 'v1.37.2',
  network: null,
  nodeNetwork: null,
};
const building = {
  step: 'build',
  title: { ko: 'Kubernetes를 빌드하는 중', en: 'Building Kubernetes' },
  fraction: 0.4132,
  done: 871,
  total: 2108,
  unit: 'packages' as const,
};

/**
 * The page is told that the cluster is so, whatever it is. Should that come between the two frames of a terminal's
 * output, the page connects anew and is told again.
 */
function clusterIs(status: Partial<ClusterStatus>): void {
  said = { ...ready, ...status };
  socket.send(frame(said));
}

/** The notice as socket.io puts it on the wire. */
function frame(status: ClusterStatus): string {
  return `42${JSON.stringify(['clusterChanged', status])}`;
}

beforeAll(async () => {
  await stage.endLab();
  page = await stage.newPage();
  await page.routeWebSocket(/socket\.io/, (route) => {
    socket = route;
    const server = route.connectToServer();
    server.onMessage((message) => {
      const status = typeof message === 'string' && message.startsWith('42["clusterChanged"');
      route.send(said && status ? frame(said) : message);
    });
  });
  await page.goto(`${stage.url}/labs/${lab}`);
  await page.getByRole('button', { name: 'Start' }).waitFor();
});

test('while Kubernetes is built, step, packages, share and time are seen, and the guide is read', async () => {
  const startedAt = new Date(Date.now() - 83_000).toISOString();
  clusterIs({ phase: 'preparing', version: null, progress: { ...building, startedAt } });
  const band = page.getByRole('region', { name: 'The cluster is being prepared' });
  await band.waitFor();
  expect(await band.textContent()).toMatch(/Building Kubernetes.*871 \/ 2108 packages.*41%.*1:2\d elapsed/s);
  expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('41');
  expect(await page.getByRole('heading', { name: 'The intruder is already inside' }).isVisible()).toBe(true);
});

test('a lab that is wanted meanwhile starts as soon as the cluster is ready', async () => {
  await page.getByRole('button', { name: 'Start when ready' }).click();
  await page.getByText('Starts as soon as the cluster is ready').waitFor();
  clusterIs({});
  await expect.poll(() => page.locator('.svelte-flow__edge').count(), soon).toBeGreaterThan(3);
});

test('what stays so is said until it was read', async () => {
  const notFenced = page.getByText('Labs’ pods are not fenced off');
  const noPolicies = page.getByText('This cluster’s network does not enforce NetworkPolicy');
  const close = page.getByRole('status').getByRole('button', { name: 'Close' });
  const status: Partial<ClusterStatus> = {
    network: { policies: 'ignored', denial: 'silent', reason: '' },
    nodeNetwork: { state: 'off', reason: '' },
  };
  clusterIs(status);
  await notFenced.waitFor();
  await noPolicies.waitFor();
  await close.first().press('Enter');
  await notFenced.waitFor({ state: 'detached' });
  await close.click();
  await noPolicies.waitFor({ state: 'detached' });
  clusterIs({ ...status, nodeNetwork: { state: 'lacking', reason: 'the image is not there' } });
  await page.getByText(/the image is not there/).waitFor();
  expect(await noPolicies.count()).toBe(0);
  clusterIs({});
  await notFenced.waitFor({ state: 'detached' });
});

test('what is down is named, and comes back', async () => {
  clusterIs({ phase: 'degraded', components: [{ name: 'kube-apiserver', state: 'restarting', restarts: 2 }] });
  await page.getByText(/kube-apiserver \(2 restarts\)/).waitFor();
  clusterIs({});
  await expect.poll(() => page.getByText(/kube-apiserver/).count(), soon).toBe(0);
});

test('lab pods that are not fenced off are told of, and labs go on', async () => {
  clusterIs({ kind: 'existing', nodeNetwork: { state: 'lacking', reason: 'node1: ErrImagePull' } });
  await page.getByText('Labs’ pods are not fenced off').waitFor();
  await page.getByText(/node1: ErrImagePull/).waitFor();
  clusterIs({ kind: 'existing', nodeNetwork: { state: 'held', reason: '' } });
  await expect.poll(() => page.getByText('Labs’ pods are not fenced off').count(), soon).toBe(0);
});

test('a cluster that can not be had says why and what to do; one that stopped says what is kept', async () => {
  const message = { ko: 'Go를 설치하세요.', en: 'Install Go 1.24.' };
  clusterIs({ phase: 'failed', problem: { code: 'unexpected', message } });
  await page.getByRole('alert').filter({ hasText: 'Install Go 1.24.' }).waitFor();
  clusterIs({ phase: 'stopped' });
  await page.getByText('Start Haechi again and your lab goes on where it was.').waitFor();
});
