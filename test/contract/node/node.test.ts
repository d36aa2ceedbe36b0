import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { deleteNamespace } from '../../../server/cluster/delete-namespace.ts';
import { apply, type Applier } from '../../../server/cluster/apply.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import { ResourcePaths } from '../../../server/cluster/resource-paths.ts';

const namespace = 'node-test';
const soon = { timeout: 15_000, interval: 50 };
let applier: Applier;

beforeAll(async () => {
  const kube = new Kube(inject('kubeconfig'));
  applier = { kube, paths: new ResourcePaths(kube) };
  await apply(applier, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await apply(applier, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } });
});
afterAll(async () => {
  await deleteNamespace(applier.kube, namespace);
  await applier.kube.close();
});

async function start(name: string, container: object, spec: object = {}): Promise<void> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'busybox:1.37', command: ['sleep', 'infinity'], ...container }],
      ...spec,
    },
  };
  await apply(applier, pod);
}
const get = async (name: string) =>
  (await applier.kube.request<V1Pod>('GET', `/api/v1/namespaces/${namespace}/pods/${name}`)).value;
const state = async (name: string) => (await get(name)).status?.containerStatuses?.[0]?.state;
const ready = async (name: string) =>
  (await get(name)).status?.conditions?.find(({ type }) => type === 'Ready')?.status;
async function log(name: string): Promise<string> {
  return applier.kube.text(`/api/v1/namespaces/${namespace}/pods/${name}/log`);
}

test('a pod is bound, runs and is ready', async () => {
  await start('plain', {});
  await expect.poll(() => ready('plain'), soon).toBe('True');
  expect((await get('plain')).status).toMatchObject({
    phase: 'Running',
    podIP: expect.stringMatching(/^10\.244\./) as string,
  });
});

test('runAsNonRoot with an image that runs as root is CreateContainerConfigError', async () => {
  await start('root', { securityContext: { runAsNonRoot: true } });
  await expect
    .poll(() => state('root'), soon)
    .toMatchObject({
      waiting: {
        reason: 'CreateContainerConfigError',
        message: expect.stringContaining('container has runAsNonRoot and image will run as root') as string,
      },
    });
});

test('an image that is not in the catalogue is ImagePullBackOff with a message that says so', async () => {
  await start('unknown', { image: 'example.com/unknown:1' });
  await expect
    .poll(() => state('unknown'), soon)
    .toMatchObject({
      waiting: {
        reason: 'ImagePullBackOff',
        message: expect.stringContaining('the simulated node has no such image') as string,
      },
    });
});

test('a missing Secret stops the pod until it is there', async () => {
  await start('secretive', {
    env: [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'late', key: 'password' } } }],
  });
  await expect
    .poll(() => state('secretive'), soon)
    .toMatchObject({ waiting: { reason: 'CreateContainerConfigError', message: 'secret "late" not found' } });
  await apply(applier, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'late', namespace },
    stringData: { password: 'x' },
  } as never);
  await expect.poll(() => ready('secretive'), soon).toBe('True');
});

test('a read-only root filesystem crashes an app that writes to /tmp, and an emptyDir mends it', async () => {
  const command = ['sh', '-c', 'date > /tmp/started && exec sleep infinity'];
  await start('strict', { command, securityContext: { readOnlyRootFilesystem: true } });
  await expect.poll(() => state('strict'), soon).toMatchObject({ waiting: { reason: 'CrashLoopBackOff' } });
  expect(await log('strict')).toContain("can't create /tmp/started: Read-only file system");
  await start(
    'mended',
    { command, securityContext: { readOnlyRootFilesystem: true }, volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] },
    { volumes: [{ name: 'tmp', emptyDir: {} }] },
  );
  await expect.poll(() => ready('mended'), soon).toBe('True');
});

test('a readiness probe that fails makes it unready', async () => {
  await start('unready', { readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 1 } });
  await expect.poll(async () => (await state('unready'))?.running, soon).toBeDefined();
  expect(await ready('unready')).toBe('False');
});

test('what ends well has succeeded, and its log is kept', async () => {
  await start('once', { command: ['sh', '-c', 'echo done; id -u'] }, { restartPolicy: 'Never' });
  await expect.poll(async () => (await get('once')).status?.phase, soon).toBe('Succeeded');
  expect(await log('once')).toBe('done\n0\n');
});

test('a deleted pod goes', async () => {
  await applier.kube.request('DELETE', `/api/v1/namespaces/${namespace}/pods/plain`);
  await expect
    .poll(
      () =>
        get('plain').then(
          () => 'there',
          () => 'gone',
        ),
      soon,
    )
    .toBe('gone');
});
