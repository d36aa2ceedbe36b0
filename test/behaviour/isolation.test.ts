import type { KubernetesObject } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attemptLabel } from '../../server/attempt/labels.ts';
import { applyAll } from '../../server/cluster/apply.ts';
import type { HttpAnswer } from '../../server/cluster/cluster.ts';
import { deleteNamespace } from '../../server/cluster/delete-namespace.ts';
import { openClusterUnderTest, type ClusterUnderTest } from './cluster-under-test.ts';

/** Namespaces, by the attempt that each belongs to. None has a policy. */
const namespaces = {
  'isolation-a': 'isolationa',
  'isolation-a-more': 'isolationa',
  'isolation-b': 'isolationb',
  'isolation-nobodys': undefined,
};
type Namespace = keyof typeof namespaces;
const names = Object.keys(namespaces) as Namespace[];

function objectsOf(namespace: Namespace): (KubernetesObject & { spec?: object })[] {
  const attempt = namespaces[namespace];
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, ...(attempt === undefined ? {} : { labels: { [attemptLabel]: attempt } }) },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace, labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'web',
            image: 'busybox:1.37',
            command: ['httpd', '-f', '-p', '8080', '-h', '/etc'],
            // A probe comes from the node, and its answer goes there.
            readinessProbe: { httpGet: { path: '/hostname', port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'shop', namespace },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ];
}

const long = { timeout: 50_000, interval: 250 };

let under: ClusterUnderTest;
beforeAll(async () => {
  under = await openClusterUnderTest();
  await applyAll(under.environment.applier, names.flatMap(objectsOf));
  const { mirror } = under.environment;
  const allReady = () =>
    names.every((namespace) =>
      mirror
        .get('Pod', 'web', namespace)
        ?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
  expect(await mirror.until(allReady, 90_000, AbortSignal.timeout(100_000))).toBe(true);
});
afterAll(async () => {
  await Promise.all(names.map((namespace) => deleteNamespace(under.cluster.kube(), namespace)));
  await under.stop();
});

function addressOf(namespace: Namespace): string {
  return under.environment.mirror.get('Pod', 'web', namespace)?.status?.podIP ?? '';
}

function get(from: Namespace, url: string): Promise<HttpAnswer> {
  return under.cluster.getFromPod({ namespace: from, pod: 'web' }, url, 2000, AbortSignal.timeout(45_000));
}

const answered = { result: 'answered', status: 200, body: 'web\n' };
const lost = (detail: string) => ({ result: 'timeout', detail });

test('the platform says that nodes hold lab pods; simulated ones have nothing to say', async () => {
  const told = under.cluster.kind === 'embedded' ? null : { state: 'held', reason: '' };
  await expect.poll(() => under.cluster.status().nodeNetwork, long).toEqual(told);
});

test('pods of one attempt reach each other, in whichever of its namespaces, by address and by name', async () => {
  await expect
    .poll(() => get('isolation-a', `http://${addressOf('isolation-a-more')}:8080/hostname`), long)
    .toEqual(answered);
  await expect.poll(() => get('isolation-a', 'http://shop.isolation-a-more/hostname'), long).toEqual(answered);
  await expect.poll(() => get('isolation-a', 'http://shop/hostname'), long).toEqual(answered);
});

test('they don’t reach another attempt’s, by address or by Service', async () => {
  const ip = addressOf('isolation-b');
  expect(await get('isolation-a', `http://${ip}:8080/hostname`)).toEqual(lost(ip));
  expect(await get('isolation-b', 'http://shop.isolation-a/hostname')).toMatchObject({ result: 'timeout' });
});

test('nor pods of no attempt', async () => {
  const ip = addressOf('isolation-nobodys');
  expect(await get('isolation-a', `http://${ip}:8080/hostname`)).toEqual(lost(ip));
});

test('nor cluster DNS at another port than its own', async () => {
  const [dns] = under.environment.mirror
    .list('Pod', 'kube-system')
    .filter(({ metadata }) => metadata?.labels?.['k8s-app'] === 'kube-dns');
  const ip = dns?.status?.podIP ?? '';
  expect(await get('isolation-a', `http://${ip}:8080/health`)).toEqual(lost(ip));
});

test('nor the metadata address', async () => {
  expect(await get('isolation-a', 'http://169.254.169.254/')).toEqual(lost('169.254.169.254'));
});

test('nor ports of their node; the API server is the one that they need', async () => {
  const ip = under.environment.mirror.get('Pod', 'web', 'isolation-a')?.status?.hostIP ?? '';
  // A simulated node has no address that leads anywhere but to the pod itself.
  const embedded = under.cluster.kind === 'embedded';
  expect(await get('isolation-a', `http://${ip}:10250/`)).toEqual({
    result: embedded ? 'refused' : 'timeout',
    detail: ip,
  });
  // Asked without TLS, it answers that it wants it.
  expect(await get('isolation-a', 'http://kubernetes.default:443/')).toMatchObject({ result: 'answered', status: 400 });
});

test('pods of no attempt reach what they did', async () => {
  const ip = addressOf('isolation-a');
  expect(await get('isolation-nobodys', `http://${ip}:8080/hostname`)).toEqual(answered);
});

test('a policy of the learner decides among an attempt’s own pods', async () => {
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'nobody', namespace: 'isolation-a-more' },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  };
  await applyAll(under.environment.applier, [policy]);
  const ip = addressOf('isolation-a-more');
  await expect.poll(() => get('isolation-a', `http://${ip}:8080/hostname`), long).toEqual(lost(ip));
});
