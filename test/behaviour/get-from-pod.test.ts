import type { KubernetesObject } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyAll } from '../../server/cluster/apply.ts';
import type { HttpAnswer } from '../../server/cluster/cluster.ts';
import { deleteNamespace } from '../../server/cluster/delete-namespace.ts';
import { openClusterUnderTest, type ClusterUnderTest } from './cluster-under-test.ts';

const namespace = 'behaviour-get';
const page = '#!/bin/sh\nprintf "Status: 502 Bad Gateway\\r\\nContent-Type: text/plain\\r\\n\\r\\n"\necho broken\n';

const objects: (KubernetesObject & { data?: object; spec?: object })[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'pages', namespace },
    data: { 'index.html': 'jars\n', bad: page },
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
          command: ['httpd', '-f', '-p', '8080', '-h', '/www'],
          ports: [{ containerPort: 8080 }],
          readinessProbe: { httpGet: { path: '/index.html', port: 8080 }, periodSeconds: 1 },
          volumeMounts: [
            { name: 'pages', mountPath: '/www/index.html', subPath: 'index.html' },
            { name: 'cgi', mountPath: '/www/cgi-bin' },
          ],
        },
      ],
      volumes: [
        { name: 'pages', configMap: { name: 'pages' } },
        { name: 'cgi', configMap: { name: 'pages', defaultMode: 0o555 } },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop', namespace },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  },
  {
    // An image without any program of use: what asks is not the pod's own.
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'asker', namespace, labels: { app: 'asker' } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'asker', image: 'registry.k8s.io/pause:3.10' }],
    },
  },
];

let under: ClusterUnderTest;
beforeAll(async () => {
  under = await openClusterUnderTest();
  await applyAll(under.environment.applier, objects);
  const { mirror } = under.environment;
  const ready = (name: string) =>
    mirror
      .get('Pod', name, namespace)
      ?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  const both = () => ready('web') === true && ready('asker') === true;
  expect(await mirror.until(both, 60_000, AbortSignal.timeout(90_000))).toBe(true);
});
afterAll(async () => {
  await deleteNamespace(under.cluster.kube(), namespace);
  await under.stop();
});

function get(url: string, pod = 'asker'): Promise<HttpAnswer> {
  return under.cluster.getFromPod({ namespace, pod }, url, 2000, AbortSignal.timeout(45_000));
}

test('an answer comes with its status and body', async () => {
  // The Service's endpoints come a moment after the pod is ready.
  await expect
    .poll(() => get('http://shop/'), { timeout: 15_000 })
    .toEqual({ result: 'answered', status: 200, body: 'jars\n' });
});

test('so does one that is an error', async () => {
  expect(await get(`http://shop.${namespace}/cgi-bin/bad`)).toEqual({
    result: 'answered',
    status: 502,
    body: 'broken\n',
  });
});

test('a port that nobody listens on refuses', async () => {
  const ip = under.environment.mirror.get('Pod', 'web', namespace)?.status?.podIP ?? '';
  expect(await get(`http://${ip}:81/`)).toEqual({ result: 'refused', detail: ip });
});

test('a name that there isn’t is not resolved', async () => {
  expect(await get('http://nowhere.example.invalid/')).toEqual({
    result: 'unresolved',
    detail: 'nowhere.example.invalid',
  });
});

test('a pod that there isn’t can’t ask', async () => {
  expect(await get('http://shop/', 'nobody')).toMatchObject({ result: 'impossible' });
});

test('a policy that lets nothing in makes it time out; one that lets nothing out loses names, too', async () => {
  const policy = (name: string, app: string, type: string) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: { podSelector: { matchLabels: { app } }, policyTypes: [type] },
  });
  const ip = under.environment.mirror.get('Pod', 'web', namespace)?.status?.podIP ?? '';
  await applyAll(under.environment.applier, [policy('from-nobody', 'web', 'Ingress')]);
  const timeout = { timeout: 30_000, interval: 200 };
  await expect.poll(() => get(`http://${ip}:8080/`), timeout).toEqual({ result: 'timeout', detail: ip });
  await applyAll(under.environment.applier, [policy('to-nobody', 'asker', 'Egress')]);
  await expect.poll(() => get('http://shop/'), timeout).toEqual({ result: 'unresolved', detail: 'shop' });
});
