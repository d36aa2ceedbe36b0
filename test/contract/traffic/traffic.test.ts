import type { KubernetesObject } from '@kubernetes/client-node';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { Kube } from '../../../server/cluster/kube.ts';
import { TrafficSpec } from '../../../server/content/check-schema.ts';
import { Picture } from '../../../server/contract/picture.ts';
import type { JudgeContext } from '../../../server/grader/check.ts';
import { drawPicture } from '../../../server/grader/picture/picture.ts';
import { gatherFacts } from '../../../server/grader/traffic/facts.ts';
import { judgeTraffic } from '../../../server/grader/traffic/traffic.ts';

const unique = `traffic-${randomBytes(4).toString('hex')}`;
const spec = TrafficSpec.parse({
  allow: [
    { from: 'shop/web', to: 'shop/db', port: 5432 },
    { from: 'shop/*', to: 'dns' },
  ],
  others: 'deny',
});

const app = (name: string, port: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${unique}}
spec:
  replicas: 2
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers: [{name: main, image: registry.k8s.io/pause:3.10, ports: [{name: main, containerPort: ${port}}]}]`;
const policy = (name: string, body: string) =>
  objects(`
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ${name}, namespace: ${unique}}
spec: ${body}`);

const start = objects([app('web', 8080), app('db', 5432)].join('\n---'));
let kube: Kube;
let context: JudgeContext;

function objects(yaml: string): KubernetesObject[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as KubernetesObject);
}

const paths: Record<string, string> = {
  Namespace: '/api/v1/namespaces',
  Deployment: `/apis/apps/v1/namespaces/${unique}/deployments`,
  NetworkPolicy: `/apis/networking.k8s.io/v1/namespaces/${unique}/networkpolicies`,
};

/** As JSON: the typed client would drop the \`from\` of a policy's rules, which it calls \`_from\`. */
async function apply(list: KubernetesObject[]): Promise<void> {
  for (const object of list) await kube.request('POST', paths[object.kind ?? ''] ?? '', { body: object });
}

const said = async () =>
  (await judgeTraffic(spec, context)).findings.map(
    ({ where, found }) => `${where} | ${found.en.replaceAll(unique, 'NS')}`,
  );

beforeAll(async () => {
  kube = new Kube(inject('kubeconfig'));
  await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: unique } }, ...start]);
  context = {
    kube,
    names: { namespaces: { shop: unique }, users: {}, clusterObjects: {}, mainNamespace: unique, variables: {} },
    start,
    getFromPod: () => Promise.reject(new Error('the traffic check makes no probes')),
    signal: AbortSignal.timeout(60_000),
  };
  // The controllers make the pods; they needn't run to be judged.
  await vi.waitFor(
    async () => {
      const { workloads } = await gatherFacts(context);
      expect(workloads.map(({ id, pods }) => `${id} ${pods.length}`)).toEqual(['shop/db 2', 'shop/web 2']);
    },
    { timeout: 30_000, interval: 200 },
  );
});

afterAll(async () => {
  await kube.request('DELETE', `/api/v1/namespaces/${unique}`);
  await kube.close();
});

test('judges what the API server holds, through a fix and a step back', async () => {
  expect((await said()).join('\n')).toContain('Open: NS/db → NS/web:8080 (and other ports)');

  await apply(
    [
      policy('default-deny', '{podSelector: {}, policyTypes: [Ingress, Egress]}'),
      policy(
        'dns',
        '{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}], ports: [{port: 53, protocol: UDP}, {port: 53}]}]}',
      ),
      policy(
        'web-out',
        '{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: main}]}]}',
      ),
    ].flat(),
  );
  expect(await said()).toEqual(['NetworkPolicy/default-deny | Blocked: NS/web → NS/db:5432']);

  await apply(
    policy(
      'db-in',
      '{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: main}]}]}',
    ),
  );
  expect(await said()).toEqual([]);

  await apply(
    policy('hole', '{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}'),
  );
  expect((await said()).join('\n')).toContain(
    'NetworkPolicy/hole egress[0] | Open: NS/db → internet:443 (and other ports)',
  );
});

test('draws it', async () => {
  const picture = Picture.parse(await drawPicture(context, [spec]));
  expect(picture.namespaces).toEqual([{ name: unique, main: true, enforce: '', policies: 5 }]);
  expect(picture.nodes.find(({ id }) => id === 'shop/web')).toMatchObject({
    kind: 'workload',
    origin: 'scenario',
    namespace: unique,
    name: 'web',
    ports: ['8080/TCP'],
    level: 'baseline',
  });
  expect(picture.flows.find(({ id }) => id === 'shop/web→shop/db:5432/TCP')?.state).toBe('required');
  expect(picture.flows.find(({ id }) => id === 'shop/db→internet:443/TCP')?.state).toBe('open');
});

test('a namespace that is gone is no verdict', async () => {
  const names = { ...context.names, namespaces: { shop: unique, gone: `${unique}-gone` } };
  await expect(judgeTraffic(spec, { ...context, names })).rejects.toThrow(
    `The namespace ${unique}-gone is gone. Reset the lab to its start.`,
  );
});

test('an API server that is out of reach is no verdict', async () => {
  await expect(judgeTraffic(spec, { ...context, signal: AbortSignal.abort() })).rejects.toThrow();
});

test('is quick', async () => {
  await judgeTraffic(spec, context);
  const started = performance.now();
  for (let n = 0; n < 10; n++) await judgeTraffic(spec, context);
  const each = (performance.now() - started) / 10;
  console.log(`one judgement: ${each.toFixed(0)} ms`);
  expect(each).toBeLessThan(500);
});

test('policies that are too big to judge are no verdict', async () => {
  const ports = Array.from({ length: 1001 }, (_, n) => `{port: ${n + 1}}`).join(', ');
  await apply(policy('huge', `{podSelector: {}, ingress: [{ports: [${ports}]}]}`));
  await expect(judgeTraffic(spec, context)).rejects.toThrow(
    /^The NetworkPolicies have 10\d\d peers and ports in all, too many to judge\. Have no more than 1000\.$/,
  );
});
