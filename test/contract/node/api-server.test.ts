import { afterAll, beforeAll, expect, test } from 'vitest';
import { openNamespace, type TestNamespace } from './cluster-namespace.ts';

const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
const token = `Authorization: Bearer $(cat ${folder}/token)`;
const pods = 'https://kubernetes.default.svc/api/v1/namespaces/node-api/pods';
let space: TestNamespace;

beforeAll(async () => {
  space = await openNamespace('node-api');
  await space.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'viewer' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'node-api' }],
  });
  await space.run('client', { image: 'curlimages/curl:8.17.0' });
  await space.run('cut-off', { image: 'curlimages/curl:8.17.0' });
});
afterAll(() => space.close());

const sh = (script: string, pod = 'client') => space.kubectl('exec', pod, '--', 'sh', '-c', script);

test('the mounted token lists pods, the mounted authority is trusted', async () => {
  const { code, stdout } = await sh(`curl -sS --cacert ${folder}/ca.crt -H "${token}" ${pods}`);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'PodList' });
});

test('by address, without verifying, and with wget', async () => {
  const place = 'https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/version';
  expect((await sh(`curl -sk -o /dev/null -w '%{http_code}' -H "${token}" ${place}`)).stdout).toBe('200');
  expect((await sh(`wget -qO- --header "${token}" https://kubernetes.default/version`)).stdout).toContain(
    '"gitVersion"',
  );
});

test('a certificate of an unknown authority is error 60', async () => {
  const { code, stderr } = await sh(`curl -sS ${pods}`);
  expect(code).toBe(60);
  expect(stderr).toContain('curl: (60) SSL certificate problem: unable to get local issuer certificate');
});

test('without a token it is 401, beyond its rights 403', async () => {
  const status = (rest: string) => `curl -sk -o /dev/null -w '%{http_code}' ${rest}`;
  expect((await sh(status(pods))).stdout).toBe('401');
  expect((await sh(status(`-H "${token}" ${pods.replace('node-api', 'kube-system')}`))).stdout).toBe('403');
  expect((await sh(`wget -qO- ${pods}`)).stderr).toContain('wget: server returned error: HTTP/1.1 401 Unauthorized');
});

test('nothing else of the machine is reachable', async () => {
  const { host: server } = new URL(space.kube.connection.cluster.server);
  const code = async (url: string) => (await sh(`curl -sk -m 1 ${url}`)).code;
  expect(await code(`https://${server}/version`)).toBe(7);
  expect(await code(`https://localhost:${server.split(':')[1] ?? ''}/version`)).toBe(7);
  expect(await code('http://192.0.2.1:22/')).toBe(28);
  expect(await code('http://10.0.0.1/')).toBe(28);
  expect((await sh('curl -s http://kubernetes.default.svc:443/')).stdout).toBe(
    'Client sent an HTTP request to an HTTPS server.\n',
  );
});

test('a policy that denies the way out makes it time out', async () => {
  await space.apply({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'dns-only' },
    spec: {
      podSelector: { matchLabels: { app: 'cut-off' } },
      policyTypes: ['Egress'],
      egress: [{ ports: [{ protocol: 'UDP', port: 53 }] }],
    },
  });
  const ask = () => sh(`curl -sS -k -m 1 ${pods}`, 'cut-off');
  await expect.poll(async () => (await ask()).code, { timeout: 10_000 }).toBe(28);
  expect((await ask()).stderr).toMatch(/^curl: \(28\) Connection timed out after \d+ milliseconds\n/);
});
