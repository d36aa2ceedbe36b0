import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { HttpAnswer } from '../../../server/cluster/cluster.ts';
import type { WorkloadSpec } from '../../../server/content/check-schema.ts';
import { judgeCheck } from '../../../server/grader/judge.ts';
import { accountReady, openSetting, said, until, type Setting } from './setting.ts';

const deployment = (name: string, { image = 'registry.k8s.io/pause:3.10', replicas = 2, more = '' } = {}) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: app, image: '${image}' }${more}] }`;

let setting: Setting;
let answer: HttpAnswer = { result: 'answered', status: 200, body: 'order accepted' };
const asked: { pod: string; url: string }[] = [];

const judge = (spec: Partial<WorkloadSpec> = { available: { production: ['api'] } }) =>
  judgeCheck(
    'sells',
    { title: { ko: '-', en: '-' }, points: 1, workload: { available: {}, serves: [], ...spec } },
    setting.context,
  );
const becomes = (outcome: string, spec?: Partial<WorkloadSpec>) =>
  until(
    () => judge(spec),
    (verdict) => verdict.outcome === outcome,
    40,
  );

beforeAll(async () => {
  setting = await openSetting(inject('kubeconfig'), deployment('api'), ({ pod }, url) => {
    asked.push({ pod, url });
    return Promise.resolve(answer);
  });
  await accountReady(setting.admin, setting.names.mainNamespace);
});
afterAll(() => setting.close());

describe('workload, on a cluster', () => {
  it('is not judged while pods are starting, and passes when they run', async () => {
    const first = await judge();
    if (first.outcome !== 'pass') {
      expect(first.outcome).toBe('error');
      expect(said(first)).toEqual(['Deployment/api: pods are still starting. | Deployment/api']);
    }
    expect(await becomes('pass')).toMatchObject({ outcome: 'pass', findings: [] });
  });

  it('lets the learner add a sidecar and replicas', async () => {
    await setting.apply(
      deployment('api', { replicas: 3, more: ", { name: sidecar, image: 'registry.k8s.io/pause:3.10' }" }),
    );
    expect((await becomes('pass')).outcome).toBe('pass');
  });

  it.each([
    ['is scaled to zero', deployment('api', { replicas: 0 }), 'Deployment/api is scaled to zero.'],
    ['has fewer replicas', deployment('api', { replicas: 1 }), 'Deployment/api has 1 replica; at the start it had 2.'],
    [
      'runs another image',
      deployment('api', { image: 'docker.io/library/busybox:1.37' }),
      'The container app of Deployment/api runs the image docker.io/library/busybox:1.37; at the start it was registry.k8s.io/pause:3.10.',
    ],
  ])('fails when it %s', async (_, yaml, words) => {
    await setting.apply(yaml);
    expect(said(await judge())).toEqual([`${words} | Deployment/api`]);
  });

  it('says what keeps a container from running', async () => {
    await setting.apply(deployment('api'));
    await becomes('pass');
    await setting.admin.request('PATCH', `/apis/apps/v1/namespaces/${setting.names.mainNamespace}/deployments/api`, {
      contentType: 'application/strategic-merge-patch+json',
      body: {
        spec: {
          template: {
            spec: { containers: [{ name: 'app', envFrom: [{ secretRef: { name: 'missing' } }] }] },
          },
        },
      },
    });
    const verdict = await becomes('fail');
    expect(said(verdict)).toEqual([
      expect.stringMatching(/^The container app of Pod\/api-\S+: CreateContainerConfigError \| Pod\/api-/),
    ]);
    await setting.remove(...setting.context.start);
    await setting.apply(deployment('api'));
    await becomes('pass');
  });

  const serves = [
    { from: 'production/api', get: 'http://frontend.${PRODUCTION}:8080/checkout', status: 200, contains: 'order' },
  ];

  it('asks from a ready pod of the workload, with real names', async () => {
    answer = { result: 'answered', status: 200, body: 'order accepted' };
    asked.length = 0;
    expect((await judge({ serves })).outcome).toBe('pass');
    expect(asked).toEqual([
      {
        pod: expect.stringMatching(/^api-/) as string,
        url: `http://frontend.${setting.names.mainNamespace}:8080/checkout`,
      },
    ]);
  });

  it('fails on another answer, and asks twice when there was none', async () => {
    answer = { result: 'answered', status: 200, body: 'sorry' };
    expect(said(await judge({ serves }))).toEqual(['The answer says something else: sorry | Service/frontend']);
    answer = { result: 'refused', detail: 'connection refused' };
    asked.length = 0;
    expect(said(await judge({ serves }))).toEqual(['The connection was refused. | Service/frontend']);
    expect(asked).toHaveLength(2);
  });

  it('fails when it is gone', async () => {
    await setting.remove(...setting.context.start);
    expect(said(await judge())).toEqual(['Deployment/api is gone. | Deployment/api']);
    expect(said(await judge({ serves }))).toEqual([
      `${setting.names.mainNamespace}/api has no ready pod to ask from. | ${setting.names.mainNamespace}/api`,
    ]);
  });
});
