import type { V1PersistentVolume, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { KubeError } from '../../../server/cluster/kube-error.ts';
import { openNamespace, soon, type TestNamespace } from './cluster-namespace.ts';

const namespace = 'node-work';
let space: TestNamespace;

beforeAll(async () => {
  space = await openNamespace(namespace);
});
afterAll(() => space.close());

const main = { name: 'main', image: 'busybox:1.37', command: ['sleep', 'infinity'] };
const template = (name: string, spec: object = {}) => ({
  metadata: { labels: { app: name } },
  spec: { terminationGracePeriodSeconds: 0, containers: [main], ...spec },
});

async function podsOf(app: string): Promise<V1Pod[]> {
  const query = { labelSelector: `app=${app}` };
  return (await space.kube.request<{ items: V1Pod[] }>('GET', `/api/v1/namespaces/${namespace}/pods`, { query })).value
    .items;
}

const claim = async (name: string) => {
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;
  return (await space.kube.request<V1PersistentVolumeClaim>('GET', path)).value;
};
const claimOf = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Mi' } }, ...spec },
});
const mounted = (claimName: string) => ({
  container: { volumeMounts: [{ name: 'data', mountPath: '/data' }] },
  spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] },
});

test('a DaemonSet has its pod on the node', async () => {
  await space.apply({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent' },
    spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
  });
  expect((await space.kubectl('rollout', 'status', 'daemonset/agent', '--timeout=15s')).code).toBe(0);
  const [pod] = await podsOf('agent');
  expect(pod?.spec?.nodeName).toBe('haechi');
});

test('a StatefulSet keeps its names and what they wrote', async () => {
  await space.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'db' },
    spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 80 }] },
  });
  const container = { ...main, volumeMounts: [{ name: 'data', mountPath: '/data' }] };
  await space.apply({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: {
      serviceName: 'db',
      replicas: 2,
      selector: { matchLabels: { app: 'db' } },
      template: template('db', { containers: [container] }),
      volumeClaimTemplates: [claimOf('data')],
    },
  });
  expect((await space.kubectl('rollout', 'status', 'statefulset/db', '--timeout=15s')).code).toBe(0);
  const { stdout } = await space.kubectl('get', 'pvc', '--no-headers');
  expect(stdout).toMatch(/^data-db-0 +Bound +pvc-[\w-]{36} +5Mi +RWO +standard /m);
  for (const pod of ['db-0', 'db-1'])
    await space.kubectl('exec', pod, '--', 'sh', '-c', 'hostname >/data/name; chmod 600 /data/name');
  const before = (await space.get('db-0')).metadata?.uid;
  await space.kubectl('delete', 'pod', 'db-0');
  await vi.waitFor(async () => {
    const { metadata, status } = await space.get('db-0');
    expect(metadata?.uid).not.toBe(before);
    expect(status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  }, soon);
  expect((await space.kubectl('exec', 'db-0', '--', 'cat', '/data/name')).stdout).toBe('db-0\n');
  expect((await space.kubectl('exec', 'db-0', '--', 'nslookup', 'db-1.db')).stdout).toContain(
    `db-1.db.${namespace}.svc`,
  );
  expect((await space.kubectl('delete', 'statefulset', 'db')).code).toBe(0);
  expect((await claim('data-db-1')).status?.phase).toBe('Bound');
});

test('a claim waits for its first pod, and takes its volume along when it goes', async () => {
  await space.apply(claimOf('lone'));
  await expect
    .poll(() => space.events('lone'), soon)
    .toContain('WaitForFirstConsumer: waiting for first consumer to be created before binding');
  const { container, spec } = mounted('lone');
  await space.run('user', container, { ...spec, terminationGracePeriodSeconds: 0 });
  const volume = (await claim('lone')).spec?.volumeName ?? '';
  expect(await space.events('lone')).toEqual(
    expect.arrayContaining([
      `Provisioning: External provisioner is provisioning volume for claim "${namespace}/lone"`,
      `ProvisioningSucceeded: Successfully provisioned volume ${volume}`,
    ]),
  );
  await space.kubectl('delete', 'pvc', 'lone', '--wait=false');
  expect((await claim('lone')).metadata?.deletionTimestamp).toBeDefined();
  await space.kubectl('exec', 'user', '--', 'sh', '-c', 'echo still >/data/there');
  await space.kubectl('delete', 'pod', 'user');
  const gone = async (path: string) =>
    space.kube.request<V1PersistentVolume>('GET', path).then(
      () => false,
      (error: unknown) => error instanceof KubeError && error.status === 404,
    );
  await expect.poll(() => gone(`/api/v1/persistentvolumes/${volume}`), soon).toBe(true);
  expect(await gone(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/lone`)).toBe(true);
});

test('a pod waits for its claim, in the words of the scheduler', async () => {
  const { container, spec } = mounted('late');
  await space.start('patient', container, spec);
  await expect
    .poll(() => space.events('patient'), soon)
    .toEqual(['FailedScheduling: 0/1 nodes are available: persistentvolumeclaim "late" not found. not found']);
  await space.apply(claimOf('late'));
  await expect.poll(async () => (await space.get('patient')).status?.phase, soon).toBe('Running');
});

test('a quota of storage is kept', async () => {
  await space.apply({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'storage' },
    spec: { hard: { 'requests.storage': '50Mi' } },
  });
  await space.kubectl('wait', 'quota/storage', '--for=jsonpath={.status.hard}', '--timeout=10s');
  const vast = claimOf('vast', { resources: { requests: { storage: '1Gi' } } });
  await expect(space.apply(vast)).rejects.toThrow('exceeded quota: storage, requested: requests.storage=1Gi');
});

test('node affinity and taints decide who is bound', async () => {
  const affinity = (operator: string, values?: string[]) => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator, values }] }],
      },
    },
  });
  await space.run('here', {}, { affinity: affinity('In', ['haechi', 'other']) });
  await space.start('elsewhere', {}, { affinity: affinity('NotIn', ['haechi']) });
  await expect
    .poll(() => space.events('elsewhere'), soon)
    .toEqual([
      "FailedScheduling: 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    ]);
  await space.start('vast', { resources: { requests: { memory: '900Ti' } } });
  await expect
    .poll(() => space.events('vast'), soon)
    .toContainEqual(expect.stringContaining('0/1 nodes are available: 1 Insufficient memory.'));
});

test("a CronJob's job runs, and so do its own", async () => {
  await space.apply({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'report' },
    spec: {
      schedule: '0 0 1 1 *',
      jobTemplate: {
        spec: { template: { spec: { restartPolicy: 'Never', containers: [{ ...main, command: ['echo', 'told'] }] } } },
      },
    },
  });
  await space.kubectl('create', 'job', 'now', '--from=cronjob/report');
  expect((await space.kubectl('wait', '--for=condition=complete', 'job/now', '--timeout=15s')).code).toBe(0);
  expect((await space.kubectl('logs', 'job/now')).stdout).toBe('told\n');
});
