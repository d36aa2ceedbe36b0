import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubernetesObject, V1NetworkPolicy } from '@kubernetes/client-node';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { attemptLabel } from '../../../server/attempt/labels.ts';
import { EmbeddedCluster } from '../../../server/cluster/embedded/embedded.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import { oneContext } from '../../../server/cluster/one-context.ts';
import { readConfig } from '../../../server/command-line.ts';
import { ClusterHold } from '../../../server/cluster/existing/hold/hold.ts';
import { measureNamespace, measurePolicy } from '../../../server/cluster/existing/network/objects.ts';
import { nodeNetworkObjects } from '../../../server/cluster/existing/node-network/manifests.ts';
import { missingRights } from '../../../server/cluster/existing/rights.ts';
import { Asker } from '../../../server/grader/access/ask.ts';
import { identityOf } from '../../../server/grader/access/subject.ts';
import { waysUp } from '../../../server/grader/access/ways-up.ts';
import { compilePolicies, type NetworkState } from '../../../server/grader/network/compile.ts';
import { judgeFlow } from '../../../server/grader/network/engine.ts';
import type { FlowEnd, FlowProtocol } from '../../../server/grader/network/flow.ts';
import { pod } from '../../unit/network/build.ts';
import { deploy, openKubectl, type Kubectl } from './kubectl.ts';

const base = join(deploy, 'base');
const overlays = { base, class: join(deploy, 'overlays', 'class') };
const account = identityOf('ServiceAccount haechi/haechi-server', {
  namespaces: {},
  users: {},
  clusterObjects: {},
  mainNamespace: '',
  variables: {},
});

let folder: string;
/** Its own: guard rails are for one platform a cluster, and other tests put up theirs. */
let own: EmbeddedCluster;
let kubectl: Kubectl;
let admin: Kube;
/** The server as the API server knows it. */
let server: (method: string, path: string, body?: object, type?: string) => Promise<string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'haechi-deploy-'));
  const { programsDir, mirror } = readConfig([], process.env);
  const log = pino({ level: 'silent' });
  own = new EmbeddedCluster({ dataFolder: folder, programsDir, mirror, log, throwaway: true });
  await own.start(AbortSignal.timeout(60_000));
  kubectl = await openKubectl(own.kubeconfig());
  admin = new Kube(own.kubeconfig());
  await kubectl('apply', '-f', join(base, 'namespaces.yaml'));
  await kubectl('apply', '-k', base);
  server = async (method, path, body, type) => {
    try {
      await admin.request(method, path, {
        headers: { 'impersonate-user': account.user },
        ...(body ? { body } : {}),
        ...(type ? { contentType: type } : {}),
      });
      return 'done';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
});
afterAll(async () => {
  await admin.close();
  await kubectl.close();
  await own.stop();
  await rm(folder, { recursive: true });
});

test.each(Object.entries(overlays))('%s passes a dry run by the API server, without a warning', async (_, folder) => {
  const { stdout, stderr } = await kubectl('apply', '--dry-run=server', '-k', folder);
  expect(stdout).toContain('deployment.apps/haechi-server ');
  expect(stderr).toBe('');
});

test('the class has more to work with than the base', async () => {
  const limit = async (folder: string) => {
    const { stdout } = await kubectl('kustomize', folder);
    const objects = parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject);
    const found = objects.find(({ kind }) => kind === 'Deployment');
    return JSON.stringify(found).match(/"limits":\{[^}]*\}/)?.[0];
  };
  expect(await limit(base)).toContain('"memory":"512Mi"');
  expect(await limit(overlays.class)).toContain('"memory":"1Gi"');
});

/** What `deploy/base` and `deploy/api-server-policy` together let through. */
async function policies(): Promise<{ state: NetworkState; apiServer: [string, number][] }> {
  const { stdout } = await kubectl('kustomize', base);
  const all = `${stdout}\n---\n${await kubectl.apiServerPolicy()}`;
  const found = parseAllDocuments(all)
    .map((document) => document.toJS() as V1NetworkPolicy)
    .filter(({ kind }) => kind === 'NetworkPolicy');
  const own = found.find(({ metadata }) => metadata?.name === 'haechi-api-server');
  const apiServer = (own?.spec?.egress ?? []).map(({ to, ports }): [string, number] => [
    to?.[0]?.ipBlock?.cidr.replace(/\/32$/, '') ?? '',
    Number(ports?.[0]?.port),
  ]);
  const namespaces = ['haechi', 'haechi-learners', 'kube-system', 'monitoring', 'default', 'production'];
  return {
    state: compilePolicies(
      found,
      namespaces.map((name) => ({ metadata: { name } })),
    ),
    apiServer,
  };
}

test('the server is reached by monitoring at its metrics, and reaches DNS and the API server: nothing else', async () => {
  const { state, apiServer } = await policies();
  const us = pod(
    'haechi/haechi-server',
    { 'app.kubernetes.io/name': 'haechi-server' },
    { namedPorts: [{ name: 'metrics', port: 9464, protocol: 'TCP' }] },
  );
  const other = (where: string, labels = {}) => pod(where, labels, { nodeName: 'node-b', ips: ['10.244.1.5'] });
  const passes = (from: FlowEnd, to: FlowEnd, port: number, protocol: FlowProtocol = 'TCP') =>
    judgeFlow(state, { from, to, port, protocol }).allowed;
  const dns = other('kube-system/dns', { 'k8s-app': 'kube-dns' });
  const prometheus = other('monitoring/prometheus');
  const address = (ip: string): FlowEnd => ({ kind: 'address', ip });

  expect(apiServer.length).toBeGreaterThan(1);
  for (const [ip, port] of apiServer) {
    expect(passes(us, address(ip), port)).toBe(true);
    expect(passes(us, address(ip), 10250)).toBe(false);
  }
  expect([passes(us, dns, 53, 'UDP'), passes(us, dns, 53)]).toEqual([true, true]);
  expect(passes(prometheus, us, 9464)).toBe(true);

  const [[, port] = ['', 443]] = apiServer;
  for (const [name, refused] of Object.entries({
    'the pages from monitoring': passes(prometheus, us, 8088),
    'metrics from a lab': passes(other('production/frontend'), us, 9464),
    'metrics from a learner’s shell': passes(other('haechi-learners/workbench'), us, 9464),
    'another pod of its namespace': passes(us, other('haechi/other'), 80),
    'a lab': passes(us, other('production/frontend'), 8080),
    'DNS at another port': passes(us, dns, 8080),
    'another pod of kube-system at port 53': passes(us, other('kube-system/other'), 53),
    'the internet': passes(us, address('203.0.113.7'), port),
    metadata: passes(us, address('169.254.169.254'), 80),
    'another pod that reaches out': passes(pod('haechi/other', {}), address('203.0.113.7'), 443),
    'a learner’s shell without a policy of its own': passes(other('haechi-learners/workbench'), us, 53),
  }))
    expect([name, refused]).toEqual([name, false]);
});

test('the nodes’ rules are kept by what a platform with more rights would put there', async () => {
  const { stdout } = await kubectl('kustomize', base);
  const objects = parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject & { spec?: object });
  const deployed = (kind: string) =>
    objects.find((each) => each.kind === kind && each.metadata?.name === 'haechi-node-network');
  const [namespace, daemonSet] = nodeNetworkObjects('localhost/haechi/node-network:0.1.0');
  expect(deployed('Namespace')?.metadata?.labels).toMatchObject(namespace?.metadata?.labels ?? {});
  expect(deployed('DaemonSet')).toMatchObject({ spec: (daemonSet as { spec?: object }).spec });
});

test('it tells the pods that keep them', async () => {
  const path = '/api/v1/namespaces/haechi-node-network/pods/x/exec?command=nft&stdout=true';
  await expect.poll(() => server('POST', path, {}), { timeout: 10_000 }).toContain('pods "x" not found');
});

/** Ways up that RBAC leaves the server, and why it has them; `confinement.yaml` holds those that it can. */
const everywhere: Record<string, string> = {
  'create - pods': 'a lab starts with pods; admission: only in labs’ namespaces',
  'create - pods/exec': 'requests from pods are made in a container of its own; admission: only in labs’ namespaces',
  'get - secrets': 'a live copy of what pods mount, for judging anew; nothing holds it: SECURITY.md',
};
const ownNamespace: Record<string, string> = {
  ...everywhere,
  'list - secrets': 'the same',
  'watch - secrets': 'the same',
  'patch - pods/ephemeralcontainers': 'requests from pods; admission: only in labs’ namespaces',
  'escalate rbac.authorization.k8s.io roles': 'a lab’s start has Roles of wildcards; admission: as above',
  'bind rbac.authorization.k8s.io roles': 'and bindings of them; admission: as above',
  'create rbac.authorization.k8s.io rolebindings': 'and learners are let in by one; admission: as above',
  'create apps deployments': 'a lab starts with them; admission: as above',
  'create batch jobs': 'a lab may start with them; admission: as above',
};
const cluster: Record<string, string> = {
  'escalate rbac.authorization.k8s.io clusterroles':
    'a learner impersonates a lab’s users, the server doesn’t; admission',
  'bind rbac.authorization.k8s.io clusterroles':
    'labs bind `admin` and `view` in a namespace; admission: not beyond one',
  'create rbac.authorization.k8s.io clusterrolebindings': 'a learner labels their Namespace objects; admission',
};

test('RBAC leaves it no way up but those that have a reason', async () => {
  const others = ['default', 'kube-system'];
  const asker = new Asker(admin, account, AbortSignal.timeout(60_000));
  const allowed = await asker.allowed(waysUp('haechi', others));
  const lines = [...allowed].map(
    ({ verb, group, resource, namespace }) => `${namespace || 'cluster'}: ${verb} ${group || '-'} ${resource}`,
  );
  const expected = Object.entries({
    haechi: ownNamespace,
    ...Object.fromEntries(others.map((each) => [each, everywhere])),
    cluster,
  }).flatMap(([where, ways]) => Object.keys(ways).map((way) => `${where}: ${way}`));
  expect(lines.toSorted()).toEqual(expected.toSorted());
});

/** A connection as the server has it. */
async function connect(): Promise<Kube> {
  const { stdout } = await kubectl('create', 'token', 'haechi-server', '-n', 'haechi');
  return new Kube(
    JSON.stringify(
      oneContext({
        cluster: admin.connection.cluster,
        user: { name: 'u', credentials: { token: stdout.trim() } },
      }),
    ),
  );
}

test('it has all that it needs', async () => {
  const own = await connect();
  try {
    expect(await missingRights(own, AbortSignal.timeout(30_000))).toEqual([]);
  } finally {
    await own.close();
  }
});

test('it takes the cluster and lets it go, and has no other Lease', async () => {
  const own = await connect();
  const options = { log: pino({ level: 'silent' }), signal: AbortSignal.timeout(30_000), onLost: () => undefined };
  try {
    const hold = await ClusterHold.take(own, options);
    await hold.release();
    await expect(ClusterHold.take(own, { ...options, name: 'haechi-other' })).rejects.toThrow(
      'leases.coordination.k8s.io "haechi-other" is forbidden',
    );
  } finally {
    await own.close();
  }
  const { stdout } = await kubectl('get', 'leases', '-n', 'haechi-system', '-o', 'name');
  expect(stdout).toBe('lease.coordination.k8s.io/haechi-platform\n');
});

const podSpec = { containers: [{ name: 'x', image: 'x' }] };
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
const roleRef = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name });
const me = [{ kind: 'ServiceAccount', namespace: 'haechi', name: 'haechi-server' }];
const mine = { [attemptLabel]: 'x' };
const outside = "Haechi: the server's account changes nothing outside labs' namespaces";
const notAnAttempts = "Haechi: the server's account changes only what belongs to an attempt, and its own";
const merge = 'application/merge-patch+json';

test.each([
  [
    'a pod in kube-system',
    'POST',
    '/api/v1/namespaces/kube-system/pods',
    { metadata: { name: 'x' }, spec: podSpec },
    outside,
  ],
  ['settings beside itself', 'POST', '/api/v1/namespaces/haechi/configmaps', { metadata: { name: 'x' } }, outside],
  [
    'a Role in kube-system',
    'POST',
    `${rbac}/namespaces/kube-system/roles`,
    { metadata: { name: 'x' }, rules: everything },
    outside,
  ],
  [
    'a binding in default',
    'POST',
    `${rbac}/namespaces/default/rolebindings`,
    { metadata: { name: 'x' }, roleRef: roleRef('admin'), subjects: me },
    outside,
  ],
  [
    'a command in a pod of kube-system',
    'POST',
    '/api/v1/namespaces/kube-system/pods/x/exec?command=sh&stdout=true',
    {},
    outside,
  ],
  [
    'a pod beside those that keep nodes’ rules',
    'POST',
    '/api/v1/namespaces/haechi-node-network/pods',
    { metadata: { name: 'x' }, spec: podSpec },
    outside,
  ],
  [
    'more for those that keep nodes’ rules',
    'PATCH',
    '/apis/apps/v1/namespaces/haechi-node-network/daemonsets/haechi-node-network',
    { spec: { template: { spec: { hostPID: true } } } },
    outside,
  ],
  [
    'kube-system taken for a lab',
    'PATCH',
    '/api/v1/namespaces/kube-system',
    { metadata: { labels: mine } },
    notAnAttempts,
  ],
  ['a namespace that isn’t a lab’s', 'DELETE', '/api/v1/namespaces/haechi?dryRun=All', undefined, notAnAttempts],
  ['a namespace for nobody', 'POST', '/api/v1/namespaces', { metadata: { name: 'x' } }, notAnAttempts],
  [
    'a built-in ClusterRole',
    'PATCH',
    `${rbac}/clusterroles/view`,
    { metadata: { labels: mine }, rules: everything },
    notAnAttempts,
  ],
  ['its own ClusterRole', 'PATCH', `${rbac}/clusterroles/haechi-server`, { metadata: { labels: mine } }, notAnAttempts],
  [
    'a ClusterRole of wildcards for an attempt',
    'POST',
    `${rbac}/clusterroles`,
    { metadata: { name: 'haechi-attempt-x', labels: mine }, rules: everything },
    "Haechi: the server's account writes no cluster-wide role with wildcards",
  ],
  [
    'an attempt that is an account of the control plane',
    'POST',
    `${rbac}/clusterroles`,
    {
      metadata: { name: 'haechi-attempt-x', labels: mine },
      rules: [
        {
          apiGroups: [''],
          resources: ['users'],
          resourceNames: ['system:kube-controller-manager'],
          verbs: ['impersonate'],
        },
      ],
    },
    "Haechi: the server's account writes cluster-wide roles that read, and what an attempt needs",
  ],
  [
    'cluster-wide secrets for a lab’s user',
    'POST',
    `${rbac}/clusterroles`,
    {
      metadata: { name: 'shop-x', labels: mine },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
    },
    "Haechi: the server's account writes cluster-wide roles that read, and what an attempt needs",
  ],
  [
    'cluster-admin for itself',
    'POST',
    `${rbac}/clusterrolebindings`,
    { metadata: { name: 'x', labels: mine }, roleRef: roleRef('cluster-admin'), subjects: me },
    "Haechi: the server's account binds a ClusterRole cluster-wide only by a binding of the same name",
  ],
  [
    'its own ClusterRole’s twin for itself',
    'POST',
    `${rbac}/clusterrolebindings`,
    { metadata: { name: 'admin', labels: mine }, roleRef: roleRef('admin'), subjects: me },
    "Haechi: the server's account gives cluster-wide roles to learners, a lab's users and the grader",
  ],
  [
    'what learners have in their namespaces, for all of them',
    'POST',
    `${rbac}/clusterrolebindings`,
    { metadata: { name: 'haechi-learner', labels: mine }, roleRef: roleRef('haechi-learner'), subjects: [] },
    "Haechi: the server's account binds a ClusterRole cluster-wide only by a binding of the same name",
  ],
  [
    'what confines it',
    'PATCH',
    '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/haechi-server-cluster',
    { spec: { failurePolicy: 'Ignore' } },
    'cannot patch resource "validatingadmissionpolicies"',
  ],
  [
    'a token of another account',
    'POST',
    '/api/v1/namespaces/kube-system/serviceaccounts/default/token',
    {},
    'cannot create resource "serviceaccounts/token"',
  ],
])('it is refused %s', async (_, method, path, body, words) => {
  await expect
    .poll(() => server(method, path, body, method === 'PATCH' ? merge : undefined), { timeout: 10_000 })
    .toContain(words);
});

test('in a namespace of a lab it works', async () => {
  const name = 'server-test-lab';
  expect(await server('POST', '/api/v1/namespaces', { metadata: { name, labels: mine } })).toBe('done');
  const role = { metadata: { name: 'x' }, rules: everything };
  expect(await server('POST', `${rbac}/namespaces/${name}/roles`, role)).toBe('done');
  expect(
    await server('PATCH', `/api/v1/namespaces/${name}`, { metadata: { labels: { [attemptLabel]: null } } }, merge),
  ).toContain("Haechi: what belongs to an attempt stays an attempt's");
  expect(await server('DELETE', `/api/v1/namespaces/${name}`)).toBe('done');
});

test('in the namespaces where it measures the network, too', async () => {
  const namespace = measureNamespace('server-test-measure');
  expect(await server('POST', '/api/v1/namespaces', namespace)).toBe('done');
  const policy = measurePolicy();
  const path = '/apis/networking.k8s.io/v1/namespaces/server-test-measure/networkpolicies';
  expect(await server('POST', path, policy)).toBe('done');
  expect(await server('DELETE', '/api/v1/namespaces/server-test-measure')).toBe('done');
});
