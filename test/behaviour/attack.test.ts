import { readFile } from 'node:fs/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { accountObjects, learnerKubeconfig, namespaceGuards } from '../../server/attempt/account.ts';
import { cleanUp } from '../../server/attempt/clean-up.ts';
import { applyGuard } from '../../server/attempt/guard/guard.ts';
import { attemptLabel, guardLabel } from '../../server/attempt/labels.ts';
import { applyAll, type Applier } from '../../server/cluster/apply.ts';
import { KubeError } from '../../server/cluster/kube-error.ts';
import { Kube } from '../../server/cluster/kube.ts';
import { ResourcePaths } from '../../server/cluster/resource-paths.ts';
import { namesFor } from '../../server/content/names.ts';
import { bareScenario } from './bare-scenario.ts';

/** Two learners of the same lab; the first one attacks. */
const scenario = { ...bareScenario, users: ['developer-user'] };
const attempts = { mallory: namesFor(scenario, 'mallory'), victim: namesFor(scenario, 'victim') };
const own = attempts.mallory.mainNamespace;
const other = attempts.victim.mainNamespace;

let applier: Applier;
let mallory: Kube;

beforeAll(async () => {
  const kube = new Kube(inject('kubeconfig'));
  applier = { kube, paths: new ResourcePaths(kube) };
  await applyGuard(applier);
  for (const [attempt, names] of Object.entries(attempts)) {
    const namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: names.mainNamespace, labels: { [attemptLabel]: attempt } },
    };
    await applyAll(applier, [
      namespace,
      ...accountObjects(attempt, names),
      ...namespaceGuards(attempt, names),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: names.mainNamespace } },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'password', namespace: names.mainNamespace } },
    ]);
  }
  mallory = new Kube(await learnerKubeconfig(applier, 'mallory', own, 3600));
});
afterAll(async () => {
  await mallory.close();
  for (const [attempt, names] of Object.entries(attempts)) await cleanUp(applier, attempt, names, []);
  await applier.kube.close();
});

const container = { name: 'c', image: 'busybox:1.37' };
const pod = (spec: object, more: object = {}) => ({
  kind: 'Pod',
  metadata: { name: 'attack' },
  spec: { containers: [{ ...container, ...more }], ...spec },
});
const core = (namespace: string, resource: string) => `/api/v1/namespaces/${namespace}/${resource}`;
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const subject = { kind: 'ServiceAccount', name: 'attempt-mallory', namespace: 'haechi-learners' };
const merge = 'application/merge-patch+json';

interface Attack {
  method?: string;
  path: string;
  body?: object;
  contentType?: string;
  headers?: Record<string, string>;
}

/** @returns the refusal's words, or what went through. */
async function refusal({ method = 'POST', path, body, contentType, headers }: Attack): Promise<string> {
  try {
    await mallory.request(method, path, {
      ...(body ? { body: { apiVersion: 'v1', ...body } } : {}),
      ...(contentType ? { contentType } : {}),
      ...(headers ? { headers } : {}),
    });
    return 'IT WENT THROUGH';
  } catch (error) {
    if (error instanceof KubeError) return `${error.status} ${error.message}`;
    throw error;
  }
}

const platforms = 'Haechi: this object contains the lab; only the platform changes it';
const cases: [string, Attack, string][] = [
  [
    'lift the attempt label',
    {
      method: 'PATCH',
      path: `/api/v1/namespaces/${own}`,
      contentType: merge,
      body: { metadata: { labels: { [attemptLabel]: null } } },
    },
    'Haechi: the labels under haechi.dev/ belong to the platform',
  ],
  [
    'claim another attempt',
    {
      method: 'PATCH',
      path: `/api/v1/namespaces/${own}`,
      contentType: merge,
      body: { metadata: { labels: { [attemptLabel]: 'victim' } } },
    },
    'Haechi: the labels under haechi.dev/ belong to the platform',
  ],
  [
    'start a privileged pod',
    { path: core(own, 'pods'), body: pod({}, { securityContext: { privileged: true } }) },
    "Haechi: a learner can't add a privileged container to the cluster",
  ],
  [
    'start a pod in the host network',
    { path: core(own, 'pods'), body: pod({ hostNetwork: true }) },
    "Haechi: a learner can't add host namespaces",
  ],
  [
    'see the host processes',
    { path: core(own, 'pods'), body: pod({ hostPID: true }) },
    "Haechi: a learner can't add host namespaces",
  ],
  [
    'mount the host',
    { path: core(own, 'pods'), body: pod({ volumes: [{ name: 'h', hostPath: { path: '/' } }] }) },
    "Haechi: a learner can't add a hostPath volume",
  ],
  [
    'take a host port',
    { path: core(own, 'pods'), body: pod({}, { ports: [{ containerPort: 80, hostPort: 80 }] }) },
    "Haechi: a learner can't use a hostPort",
  ],
  [
    'take SYS_ADMIN',
    { path: core(own, 'pods'), body: pod({}, { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }) },
    "Haechi: a learner can't add capabilities beyond the baseline level's",
  ],
  [
    "pass for the platform's own container",
    { path: core(own, 'pods'), body: pod({}, { name: 'haechi-probe' }) },
    'Haechi: names of containers that begin with haechi- are for the platform',
  ],
  [
    "run a program in the platform's own container",
    { path: core(own, 'pods/any/exec?container=haechi-probe&command=true&stdout=true') },
    "Haechi: this container is the platform's; nobody else runs programs in it",
  ],
  [
    "attach to the platform's own container",
    { path: core(own, 'pods/any/attach?container=haechi-probe&stdout=true') },
    "Haechi: this container is the platform's; nobody else runs programs in it",
  ],
  [
    'choose the node',
    { path: core(own, 'pods'), body: pod({ nodeName: 'haechi' }) },
    "Haechi: a learner can't choose the node",
  ],
  [
    'hide it in an init container',
    {
      path: core(own, 'pods'),
      body: pod({ initContainers: [{ ...container, name: 'i', securityContext: { privileged: true } }] }),
    },
    "Haechi: a learner can't add a privileged container to the cluster",
  ],
  [
    'hide it in a CronJob',
    {
      path: `/apis/batch/v1/namespaces/${own}/cronjobs`,
      body: {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'attack' },
        spec: {
          schedule: '* * * * *',
          jobTemplate: {
            spec: { template: { spec: { restartPolicy: 'Never', hostIPC: true, containers: [container] } } },
          },
        },
      },
    },
    "Haechi: a learner can't add host namespaces",
  ],
  [
    "read another learner's secret",
    { method: 'GET', path: core(other, 'secrets/password') },
    `cannot get resource "secrets" in API group "" in the namespace "${other}"`,
  ],
  [
    'list all secrets',
    { method: 'GET', path: '/api/v1/secrets' },
    'cannot list resource "secrets" in API group "" at the cluster scope',
  ],
  [
    "read the platform's namespaces",
    { method: 'GET', path: core('haechi-learners', 'serviceaccounts') },
    'cannot list resource "serviceaccounts"',
  ],
  ['list who else is here', { method: 'GET', path: '/api/v1/namespaces' }, 'cannot list resource "namespaces"'],
  [
    'bind cluster-admin',
    {
      path: `${rbac}/clusterrolebindings`,
      body: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'attack' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [subject],
      },
    },
    'cannot create resource "clusterrolebindings"',
  ],
  [
    'impersonate the administrator',
    {
      method: 'GET',
      path: '/api/v1/secrets',
      headers: { 'impersonate-user': 'admin', 'impersonate-group': 'system:masters' },
    },
    'cannot impersonate-on:user-info:list resource "secrets"',
  ],
  [
    "impersonate another learner's user",
    { method: 'GET', path: core(other, 'pods'), headers: { 'impersonate-user': 'developer-user-victim' } },
    'cannot impersonate-on:user-info:list resource "pods"',
  ],
  [
    'make a token of a stronger account',
    {
      path: core('kube-system', 'serviceaccounts/namespace-controller/token'),
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    },
    'cannot create resource "serviceaccounts/token"',
  ],
  [
    "make a token of the grader's account",
    {
      path: core('haechi-system', 'serviceaccounts/grader/token'),
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    },
    'cannot create resource "serviceaccounts/token"',
  ],
  [
    'delete the quota',
    { method: 'DELETE', path: core(own, 'resourcequotas/haechi-quota') },
    'cannot delete resource "resourcequotas"',
  ],
  [
    'delete the binding that lets them in',
    { method: 'DELETE', path: `${rbac}/namespaces/${own}/rolebindings/haechi-learner` },
    platforms,
  ],
  [
    'take the guard off the binding',
    {
      method: 'PATCH',
      path: `${rbac}/namespaces/${own}/rolebindings/haechi-learner`,
      contentType: merge,
      body: { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { labels: { [guardLabel]: null } } },
    },
    platforms,
  ],
  [
    'delete the namespace',
    { method: 'DELETE', path: `/api/v1/namespaces/${own}` },
    'cannot delete resource "namespaces"',
  ],
  [
    'open a node port',
    {
      path: core(own, 'services'),
      body: { kind: 'Service', metadata: { name: 'attack' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } },
    },
    "Haechi: a learner's Service stays inside the cluster",
  ],
  [
    'claim an external address',
    {
      path: core(own, 'services'),
      body: {
        kind: 'Service',
        metadata: { name: 'attack' },
        spec: { externalIPs: ['10.96.0.1'], ports: [{ port: 443 }] },
      },
    },
    "Haechi: a learner's Service can't claim external IPs",
  ],
  [
    'keep the lab from being cleaned up',
    {
      path: core(own, 'configmaps'),
      body: { kind: 'ConfigMap', metadata: { name: 'attack', finalizers: ['attack/x'] } },
    },
    "Haechi: a learner can't add finalizers",
  ],
  [
    'do so by a finalizer that is Kubernetes’ own',
    {
      path: core(own, 'configmaps'),
      body: { kind: 'ConfigMap', metadata: { name: 'attack', finalizers: ['kubernetes.io/pvc-protection'] } },
    },
    "Haechi: a learner can't add finalizers",
  ],
  [
    'remove an admission policy',
    { method: 'DELETE', path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/haechi-pods' },
    'cannot delete resource "validatingadmissionpolicies"',
  ],
  [
    'flood events',
    { path: core(own, 'events'), body: { kind: 'Event', metadata: { name: 'attack' }, involvedObject: {} } },
    'cannot create resource "events"',
  ],
];

test.each(cases)("can't %s", async (_name, attack, words) => {
  expect(await refusal(attack)).toContain(words);
});

/** What no quota counts. */
const uncounted: [string, object][] = [
  [
    core(own, 'events'),
    { kind: 'Event', metadata: { name: 'attack' }, involvedObject: { namespace: own }, reason: 'Attack' },
  ],
  [core(own, 'endpoints'), { kind: 'Endpoints', metadata: { name: 'attack' } }],
  [
    `/apis/coordination.k8s.io/v1/namespaces/${own}/leases`,
    { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'attack' } },
  ],
];

test("writing themselves every right in their namespace doesn't lift the guard rails", async () => {
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'all' },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
  };
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'all' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'all' },
    subjects: [subject],
  };
  expect(await refusal({ path: `${rbac}/namespaces/${own}/roles`, body: role })).toBe('IT WENT THROUGH');
  expect(await refusal({ path: `${rbac}/namespaces/${own}/rolebindings`, body: binding })).toBe('IT WENT THROUGH');
  await expect
    .poll(() => refusal({ method: 'DELETE', path: core(own, 'resourcequotas/haechi-quota') }))
    .toContain(platforms);
  expect(await refusal({ method: 'DELETE', path: `/api/v1/namespaces/${own}` })).toContain(
    "Haechi: a lab's namespace is deleted by ending the attempt",
  );
  expect(
    await refusal({
      method: 'PATCH',
      path: core(own, 'limitranges/haechi-limits'),
      contentType: merge,
      body: { spec: { limits: [] } },
    }),
  ).toContain(platforms);
  expect(await refusal({ method: 'GET', path: core(other, 'secrets/password') })).toContain(
    'cannot get resource "secrets"',
  );
  for (const [path, body] of uncounted)
    expect(await refusal({ path, body })).toContain("Haechi: a learner can't create objects of this kind in a lab");
});

test('what others do in the cluster, and in no lab, is left alone', async () => {
  const others = { 'impersonate-user': 'somebody', 'impersonate-group': 'system:masters' };
  const body = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'somebodys', finalizers: ['somebody/x'] },
    rules: [],
  };
  const options = { query: { dryRun: 'All' }, headers: others, body };
  await expect(applier.kube.request('POST', `${rbac}/clusterroles`, options)).resolves.toBeDefined();
});

test('a claim can be made: the finalizer that it gets is Kubernetes’ own', async () => {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } };
  const body = { kind: 'PersistentVolumeClaim', metadata: { name: 'harmless' }, spec };
  expect(await refusal({ path: core(own, 'persistentvolumeclaims'), body })).toBe('IT WENT THROUGH');
});

test('a flood of objects ends at the quota', async () => {
  const answers = await Promise.all(
    Array.from({ length: 70 }, (_, index) =>
      refusal({ path: core(own, 'configmaps'), body: { kind: 'ConfigMap', metadata: { name: `flood-${index}` } } }),
    ),
  );
  expect(answers.filter((answer) => answer.includes('exceeded quota: haechi-quota')).length).toBeGreaterThanOrEqual(10);
});

test('what the scenario made weak stays as weak, and no weaker', async () => {
  const deployment: KubernetesObject & { spec: object } = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'weak', namespace: own },
    spec: {
      selector: { matchLabels: { app: 'weak' } },
      template: {
        metadata: { labels: { app: 'weak' } },
        spec: {
          hostIPC: true,
          containers: [
            {
              ...container,
              image: 'registry.k8s.io/pause:3.10',
              securityContext: { privileged: true, capabilities: { add: ['SYS_ADMIN'] } },
              volumeMounts: [{ name: 'host', mountPath: '/host', readOnly: true }],
            },
          ],
          volumes: [{ name: 'host', hostPath: { path: '/opt/weak', type: 'DirectoryOrCreate' } }],
        },
      },
    },
  };
  await applyAll(applier, [deployment]);
  const path = `/apis/apps/v1/namespaces/${own}/deployments/weak`;
  const change = (body: object) =>
    refusal({ method: 'PATCH', path, contentType: 'application/strategic-merge-patch+json', body });
  expect(await change({ metadata: { labels: { team: 'shop' } } })).toBe('IT WENT THROUGH');
  const template = (spec: object) => ({ spec: { template: { spec } } });
  expect(await change(template({ hostNetwork: true }))).toContain("Haechi: a learner can't add host namespaces");
  const same = "host namespaces or capabilities beyond the baseline level's can't be changed; take those away first";
  const inside = (more: object) => change(template({ containers: [{ name: 'c', ...more }] }));
  expect(await inside({ command: ['cat', '/etc/shadow'] })).toContain(same);
  expect(await inside({ image: 'busybox:1.37' })).toContain(same);
  expect(await inside({ env: [{ name: 'LD_PRELOAD', value: '/host/x.so' }] })).toContain(same);
  expect(await inside({ lifecycle: { postStart: { exec: { command: ['/host/x'] } } } })).toContain(same);
  expect(await inside({ livenessProbe: { exec: { command: ['/host/x'] } } })).toContain(same);
  // A program of the learner's comes in by a volume, or by another container that writes where this one reads.
  const tools = { volumes: [{ name: 'host', hostPath: null, configMap: { name: 'tools', defaultMode: 0o755 } }] };
  expect(await change(template(tools))).toContain(same);
  expect(await change(template({ containers: [{ ...container, name: 'beside' }] }))).toContain(same);
  expect(await change(template({ initContainers: [{ ...container, name: 'first' }] }))).toContain(same);
  // As would the programs of another container, under /proc.
  expect(await change(template({ shareProcessNamespace: true }))).toContain(same);
  expect(await inside({ securityContext: { privileged: false } })).toBe('IT WENT THROUGH');
  expect(await inside({ image: 'busybox:1.37' })).toContain(same);
  expect(await change(template({ hostIPC: false }))).toBe('IT WENT THROUGH');
  // What is left is a capability: of the node, too.
  expect(await inside({ image: 'busybox:1.37' })).toContain(same);
  expect(await inside({ args: ['mount', '-t', 'cgroup', 'none', '/host'] })).toContain(same);
  const capabilities = (...add: string[]) => ({ securityContext: { capabilities: { add } } });
  expect(await inside(capabilities('SYS_ADMIN', 'SYS_MODULE'))).toContain(
    "Haechi: a learner can't add capabilities beyond the baseline level's",
  );
  const first = { ...container, name: 'first' };
  expect(
    await change(template({ containers: [{ name: 'c', ...capabilities('CHOWN') }], initContainers: [first] })),
  ).toBe('IT WENT THROUGH');
  expect(await inside({ image: 'busybox:1.37', args: ['true'] })).toBe('IT WENT THROUGH');
  expect(await change(template({ initContainers: [{ name: 'first', ...capabilities('SYS_ADMIN') }] }))).toContain(
    "Haechi: a learner can't add capabilities beyond the baseline level's",
  );
  expect(await inside({ volumeMounts: [{ name: 'host', mountPath: '/host', readOnly: false }] })).toContain(
    'Haechi: a hostPath volume can only be mounted readOnly',
  );
  expect(await inside({ securityContext: { privileged: true } })).toContain(
    "Haechi: a learner can't add a privileged container",
  );
  expect(await change(template({ hostIPC: true }))).toContain("Haechi: a learner can't add host namespaces");
});

test('a container of the platform stays the only one of its name in a pod', async () => {
  const plain = { apiVersion: 'v1', ...pod({ terminationGracePeriodSeconds: 0 }, { command: ['sleep', '1d'] }) };
  const named = { ...plain, metadata: { name: 'probed', namespace: own } };
  await applyAll(applier, [named]);
  const path = core(own, 'pods/probed/ephemeralcontainers');
  const add = (name: string) => ({
    method: 'PATCH',
    path,
    contentType: 'application/strategic-merge-patch+json',
    body: { spec: { ephemeralContainers: [{ name, image: 'busybox:1.37', command: ['sleep', '1d'] }] } },
  });
  expect(await refusal(add('haechi-probe'))).toContain('Haechi: names of containers that begin with haechi-');
  await applier.kube.request('PATCH', path, add('haechi-probe'));
  expect(await refusal(add('debugger'))).toBe('IT WENT THROUGH');
  expect(await refusal(add('haechi-probe-2'))).toContain('Haechi: names of containers that begin with haechi-');
});

test('a debug container is as contained as any other, and looks into its own pod only', async () => {
  const weak = (name: string, spec: object): KubernetesObject & { spec: object } => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: own },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ ...container, command: ['sleep', '1d'] }], ...spec },
  });
  await applyAll(applier, [
    weak('plain', {}),
    weak('host', { hostPID: true }),
    weak('privileged', { containers: [{ ...container, securityContext: { privileged: true } }] }),
    weak('capable', { containers: [{ ...container, securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }] }),
    weak('shared', { shareProcessNamespace: true }),
  ]);
  const debug = (pod: string, name: string, securityContext: object) =>
    refusal({
      method: 'PATCH',
      path: core(own, `pods/${pod}/ephemeralcontainers`),
      contentType: 'application/strategic-merge-patch+json',
      body: { spec: { ephemeralContainers: [{ ...container, name, securityContext }] } },
    });
  const add = (...names: string[]) => ({ capabilities: { add: names } });
  const capabilities = "Haechi: a learner can't add capabilities beyond the baseline level's";
  expect(await debug('plain', 'debug-a', { privileged: true })).toContain(
    "Haechi: a learner can't add a privileged container",
  );
  expect(await debug('plain', 'debug-b', add('NET_ADMIN', 'NET_RAW'))).toContain(capabilities);
  expect(await debug('plain', 'debug-c', add('SYS_PTRACE', 'SYS_ADMIN'))).toContain(capabilities);
  for (const pod of ['host', 'privileged', 'capable']) {
    expect(await debug(pod, 'debug-d', {})).toContain('Haechi: what runs in a pod with privileged containers');
  }
  expect(await debug('shared', 'debug-s', add('SYS_PTRACE'))).toContain(capabilities);
  expect(await debug('plain', 'debug-e', add('SYS_PTRACE'))).toBe('IT WENT THROUGH');
  expect(await refusal({ path: core(own, 'pods'), body: pod({}, { securityContext: add('SYS_PTRACE') }) })).toContain(
    capabilities,
  );
  const flood = Array.from({ length: 11 }, (_, index) => ({ ...container, name: `flood-${index}` }));
  expect(
    await refusal({
      method: 'PATCH',
      path: core(own, 'pods/plain/ephemeralcontainers'),
      contentType: 'application/strategic-merge-patch+json',
      body: { spec: { ephemeralContainers: flood } },
    }),
  ).toContain('Haechi: a pod can have 10 debug containers');
  // What went through doesn't stand in the way of other changes.
  const label = { method: 'PATCH', path: core(own, 'pods/plain'), contentType: merge };
  expect(await refusal({ ...label, body: { metadata: { labels: { team: 'shop' } } } })).toBe('IT WENT THROUGH');
});

test("storage ends at the quota, and is nobody else's", async () => {
  const claim = (name: string, spec: object) => ({
    path: core(own, 'persistentvolumeclaims'),
    body: {
      kind: 'PersistentVolumeClaim',
      metadata: { name },
      spec: { accessModes: ['ReadWriteOnce'], ...spec },
    },
  });
  const asks = (storage: string) => ({ resources: { requests: { storage } } });
  expect(await refusal(claim('vast', asks('6Gi')))).toContain(
    'exceeded quota: haechi-quota, requested: requests.storage=6Gi',
  );
  const many = await Promise.all(Array.from({ length: 14 }, (_, index) => refusal(claim(`c-${index}`, asks('1Mi')))));
  expect(many.filter((answer) => answer.includes('exceeded quota: haechi-quota')).length).toBeGreaterThanOrEqual(4);
  expect(
    await refusal({ path: '/api/v1/persistentvolumes', body: { kind: 'PersistentVolume', metadata: { name: 'x' } } }),
  ).toContain('cannot create resource "persistentvolumes"');
  // A volume says whose it is: a claim that names another's stays unbound.
  await applyAll(applier, [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'victims' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Mi' },
        claimRef: { namespace: other, name: 'data' },
        csi: { driver: 'memory.haechi.dev', volumeHandle: 'victims' },
      },
    } as KubernetesObject & { spec: object },
  ]);
  try {
    await mallory.request('DELETE', core(own, 'persistentvolumeclaims'));
    const stolen = { ...asks('1Mi'), volumeName: 'victims', storageClassName: '' };
    await expect.poll(() => refusal(claim('stolen', stolen))).toBe('IT WENT THROUGH');
    const { value } = await mallory.request<{ status: { phase: string } }>(
      'GET',
      core(own, 'persistentvolumeclaims/stolen'),
    );
    expect(value.status.phase).toBe('Pending');
  } finally {
    await applier.kube.request('DELETE', '/api/v1/persistentvolumes/victims');
  }
});

test('every admission policy is attacked here', async () => {
  const text = await readFile(new URL('../../server/attempt/guard/admission-policies.yaml', import.meta.url), 'utf8');
  const names = [...text.matchAll(/^metadata: \{ name: ([a-z-]+) \}$/gm)].map((match) => match[1]);
  const attacked = [
    'haechi-pods',
    'haechi-exec',
    'haechi-guard-rails',
    'haechi-namespaces',
    'haechi-services',
    'haechi-finalizers',
    'haechi-kinds',
  ];
  expect(names.toSorted()).toEqual(attacked.toSorted());
});
