import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { PodSecuritySpec } from '../../../server/content/check-schema.ts';
import type { Verdict } from '../../../server/contract/verdict.ts';
import { judgeCheck } from '../../../server/grader/judge.ts';
import { accountReady, openSetting, said, until, type Setting } from './setting.ts';

const api = (name: string, securityContext: string, podContext: string, host = '') => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      ${host}
      securityContext: ${podContext}
      containers:
        - { name: app, image: 'registry.k8s.io/pause:3.10', securityContext: ${securityContext} }`;
const goodPod = '{ runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: RuntimeDefault } }';
const goodContainer = '{ allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }';

let setting: Setting;
const production = () => setting.names.namespaces.production ?? '';
const label = (labels: Record<string, string | null>) =>
  setting.admin.request('PATCH', `/api/v1/namespaces/${production()}`, {
    contentType: 'application/merge-patch+json',
    body: {
      metadata: {
        labels: Object.fromEntries(
          Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]),
        ),
      },
    },
  });
const judge = (spec: Partial<PodSecuritySpec> = {}): Promise<Verdict> =>
  judgeCheck(
    'restricted',
    {
      title: { ko: '-', en: '-' },
      points: 1,
      podSecurity: { namespace: 'production', enforce: 'restricted', running: [], ...spec },
    },
    setting.context,
  );
const settled = (spec: Partial<PodSecuritySpec>, right: (verdict: Verdict) => boolean) =>
  until(() => judge(spec), right, 30);

beforeEach(async () => {
  setting = await openSetting(inject('kubeconfig'), api('api', '{}', '{}'));
  await accountReady(setting.context.kube, production());
});
afterEach(() => setting.close());

describe('podSecurity, by the API server', () => {
  it('says that the label is missing, also where there is a warning', async () => {
    await label({ warn: 'restricted', audit: 'restricted' });
    const verdict = await judge();
    expect(said(verdict)[0]).toBe(`There is no label pod-security.kubernetes.io/enforce. | Namespace/${production()}`);
    expect(verdict.findings[0]?.why?.en).toBe('warn and audit only tell; enforce alone refuses.');
  });

  it('says that the level is too low, or pinned to the past', async () => {
    await label({ enforce: 'baseline' });
    expect(said(await judge())[0]).toMatch(/^The label pod-security.kubernetes.io\/enforce is baseline\./);
    expect((await judge({ enforce: 'baseline' })).outcome).toBe('pass');
    await label({ enforce: 'restricted', 'enforce-version': 'v1.22' });
    expect(said(await judge())[0]).toMatch(
      /^The label pod-security.kubernetes.io\/enforce-version is pinned to v1\.22\./,
    );
  });

  it('finds a workload that does not comply though its pods run on, and one whose pods are refused', async () => {
    await settled({ running: ['api'] }, ({ findings }) => findings.length === 2);
    await label({ enforce: 'restricted' });
    const old = await settled({ running: ['api'] }, ({ outcome }) => outcome === 'fail');
    expect(said(old)).toEqual([
      'Deployment/api does not comply with restricted: ' +
        'allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]), ' +
        'runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true), ' +
        'seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost") | Deployment/api',
    ]);
    // As the course's slide has it: all but the seccomp profile.
    await setting.apply(api('api', goodContainer, '{ runAsNonRoot: true, runAsUser: 1000 }'));
    const refused = await settled(
      { running: ['api'] },
      ({ findings }) => findings[0]?.why?.en.includes('FailedCreate') ?? false,
    );
    expect(said(refused)).toEqual([
      'Deployment/api does not comply with restricted: seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost") | Deployment/api',
    ]);
    await setting.apply(api('api', goodContainer, goodPod));
    const fixed = await settled({ running: ['api'] }, ({ outcome }) => outcome === 'pass');
    expect(said(fixed)).toEqual([]);
  });

  it('finds pods that were there before, by the warnings of the API server', async () => {
    await setting.apply(api('api', goodContainer, goodPod));
    await setting.apply(`
apiVersion: v1
kind: Pod
metadata: { name: debug }
spec: { containers: [{ name: app, image: 'registry.k8s.io/pause:3.10' }] }`);
    await label({ enforce: 'restricted' });
    const verdict = await settled({ running: ['api'] }, ({ findings }) =>
      said({ findings } as Verdict)
        .join()
        .includes('Pod/debug'),
    );
    expect(said(verdict).join()).toMatch(/Pod\/debug does not: allowPrivilegeEscalation != false \(container "app"/);
  });

  it('does not mind what another check of the lab names', async () => {
    await setting.apply(api('api', goodContainer, goodPod));
    await setting.apply(api('db', '{}', '{}'));
    await label({ enforce: 'restricted' });
    const spec = (running: string[]) => ({
      title: { ko: '-', en: '-' },
      points: 1,
      podSecurity: { namespace: 'production', enforce: 'restricted' as const, running },
    });
    const checks = { api: spec(['api']), db: spec(['db']) };
    const both = await until(
      () => Promise.all(Object.entries(checks).map(([id, each]) => judgeCheck(id, each, setting.context, { checks }))),
      ([first]) => first?.outcome === 'pass',
    );
    expect(both.map(({ outcome }) => outcome)).toEqual(['pass', 'fail']);
  });

  it('refuses what it must and admits what it must, quota or not', async () => {
    await setting.apply(api('api', goodContainer, goodPod));
    await setting.apply(`
apiVersion: v1
kind: ResourceQuota
metadata: { name: full }
spec: { hard: { pods: '0' } }`);
    await label({ enforce: 'restricted', 'enforce-version': 'latest' });
    const verdict = await settled({}, ({ outcome }) => outcome !== 'fail');
    expect(verdict).toMatchObject({ outcome: 'pass', findings: [] });
  });

  it('says that the namespace is gone', async () => {
    setting.context.names = { ...setting.names, namespaces: { production: 'nowhere' } };
    const verdict = await judge();
    expect(verdict.outcome).toBe('error');
    expect(said(verdict)).toEqual(['The namespace nowhere is gone. Reset the lab to its start. | Namespace/nowhere']);
  });
});
