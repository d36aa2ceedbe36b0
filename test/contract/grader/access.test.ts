import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { AccessSpec } from '../../../server/content/check-schema.ts';
import { judgeCheck } from '../../../server/grader/judge.ts';
import { openSetting, said, type Setting } from './setting.ts';

const developer: AccessSpec = {
  subject: 'User developer-user',
  namespace: 'production',
  can: [
    { verbs: ['get', 'list', 'create', 'update', 'patch'], resources: ['deployments.apps'] },
    { verbs: ['get', 'list'], resources: ['pods'] },
    { verbs: ['get', 'update', 'patch'], resources: ['deployments.apps/scale'] },
  ],
  cannot: [],
  others: 'deny',
};

const oldBinding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: launch-team }
subjects: [{ kind: User, name: '\${DEVELOPER_USER}', apiGroup: rbac.authorization.k8s.io }]
roleRef: { kind: ClusterRole, name: admin, apiGroup: rbac.authorization.k8s.io }`;

const rightRole = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: deployer }
rules:
  - { apiGroups: [apps], resources: [deployments], verbs: [get, list, create, update, patch] }
  - { apiGroups: [apps], resources: [deployments/scale], verbs: [get, update, patch] }
  - { apiGroups: [''], resources: [pods], verbs: [get, list] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: deployer }
subjects: [{ kind: User, name: '\${DEVELOPER_USER}', apiGroup: rbac.authorization.k8s.io }]
roleRef: { kind: Role, name: deployer, apiGroup: rbac.authorization.k8s.io }`;

/** One more binding of the developer. */
function bound(kind: 'Role' | 'ClusterRole', name: string, rules: string, namespace = '', scope = ''): string {
  const at = namespace ? `, namespace: '${namespace}'` : '';
  return `
apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}
metadata: { name: ${name}${at} }
rules: ${rules}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ${scope}RoleBinding
metadata: { name: ${name}${at} }
subjects: [{ kind: User, name: '\${DEVELOPER_USER}', apiGroup: rbac.authorization.k8s.io }]
roleRef: { kind: ${kind}, name: ${name}, apiGroup: rbac.authorization.k8s.io }`;
}

let setting: Setting;
const judge = (spec: Partial<AccessSpec> = {}) =>
  judgeCheck('access', { title: { ko: '-', en: '-' }, points: 1, access: { ...developer, ...spec } }, setting.context);

beforeAll(async () => {
  setting = await openSetting(inject('kubeconfig'), oldBinding);
});
afterAll(() => setting.close());

describe('access, by the API server', () => {
  it('fails at the start: admin is more than a developer needs, and where it comes from is said', async () => {
    const verdict = await judge();
    expect(verdict.outcome).toBe('fail');
    expect(said(verdict)).toEqual([
      expect.stringMatching(
        /^RoleBinding\/launch-team gives impersonate serviceaccounts, get secrets, create pods\/attach, create pods\/exec, create serviceaccounts\/token, delete rolebindings and \d+ more, in production-test-\w+\. \| RoleBinding\/launch-team → ClusterRole\/admin$/,
      ),
    ]);
  });

  it('fails with the right role beside the old binding, and says that permissions only add up', async () => {
    await setting.apply(rightRole);
    const verdict = await judge();
    expect(verdict.outcome).toBe('fail');
    expect(verdict.findings.map(({ where }) => where)).toEqual(['RoleBinding/launch-team → ClusterRole/admin']);
    expect(verdict.findings[0]?.why?.en).toMatch(/^Permissions only add up: another Role beside this binding/);
  });

  it('passes once the old binding is gone', async () => {
    await setting.remove(...setting.context.start);
    expect(await judge()).toMatchObject({ outcome: 'pass', findings: [] });
  });

  it('says what is missing', async () => {
    const verdict = await judge({ can: [...developer.can, { verbs: ['get'], resources: ['pods/log'] }] });
    expect(said(verdict)).toEqual([
      `User ${setting.names.users['developer-user'] ?? ''} can't get pods/log. | User ${setting.names.users['developer-user'] ?? ''}`,
    ]);
  });

  const excess: [string, () => string, RegExp][] = [
    [
      'everything',
      () => bound('Role', 'all', "[{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]"),
      /^RoleBinding\/all gives everything \(\* \*\): escalate roles, .*get secrets.* \| RoleBinding\/all → Role\/all rules\[0\]$/,
    ],
    [
      'a verb too many',
      () => bound('Role', 'del', "[{ apiGroups: [''], resources: [pods], verbs: [get, delete] }]"),
      /^RoleBinding\/del gives delete pods, in production-\S+ \| RoleBinding\/del → Role\/del rules\[0\]$/,
    ],
    [
      'one secret by its name',
      () => bound('Role', 'one', "[{ apiGroups: [''], resources: [secrets], resourceNames: [db], verbs: [get] }]"),
      /^RoleBinding\/one gives get secrets \(db\), in production-/,
    ],
    [
      'a subresource of everything',
      () => bound('Role', 'sub', "[{ apiGroups: [''], resources: ['*/exec'], verbs: [create] }]"),
      /^RoleBinding\/sub gives create pods\/exec, in production-/,
    ],
    [
      'the namespace itself',
      () => bound('Role', 'ns', "[{ apiGroups: [''], resources: [namespaces], verbs: [patch, list] }]"),
      /^RoleBinding\/ns gives patch namespaces \(production-test-\w+\), in production-/,
    ],
    [
      'another namespace',
      () => bound('Role', 'far', "[{ apiGroups: [''], resources: [pods], verbs: [get] }]", '${STAGING}'),
      /^RoleBinding\/far gives get pods, in staging-/,
    ],
    [
      'the cluster',
      () =>
        bound('ClusterRole', '${SHOP_NODES}', "[{ apiGroups: [''], resources: [nodes], verbs: [get] }]", '', 'Cluster'),
      /^ClusterRoleBinding\/shop-nodes-\S+ gives get nodes, across the cluster\./,
    ],
    [
      'a path of the API server',
      () => bound('ClusterRole', '${SHOP_NODES}', "[{ nonResourceURLs: ['/metrics'], verbs: [get] }]", '', 'Cluster'),
      /^ClusterRoleBinding\/shop-nodes-\S+ gives get \/metrics, across the cluster\./,
    ],
  ];
  it.each(excess)('finds %s', async (_, yaml, words) => {
    const objects = await setting.apply(yaml());
    const verdict = await judge();
    await setting.remove(...objects);
    expect(said(verdict)).toEqual([expect.stringMatching(words)]);
  });

  it('finds what a group gives', async () => {
    const objects = await setting.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: dashboard }
subjects: [{ kind: Group, name: 'system:authenticated', apiGroup: rbac.authorization.k8s.io }]
roleRef: { kind: ClusterRole, name: view, apiGroup: rbac.authorization.k8s.io }`);
    const verdict = await judge();
    await setting.remove(...objects);
    expect(verdict.findings.map(({ where }) => where)).toEqual(['RoleBinding/dashboard → ClusterRole/view']);
    expect(verdict.findings[0]?.why?.en).toMatch(/^It is bound to the group system:authenticated/);
  });

  const harmless: [string, () => string][] = [
    [
      'what pods/* seems to give',
      () => bound('Role', 'h', "[{ apiGroups: [''], resources: ['pods/*'], verbs: ['*'] }]"),
    ],
    [
      'a resource that is gone',
      () => bound('Role', 'h', "[{ apiGroups: [policy], resources: [podsecuritypolicies], verbs: ['*'] }]"),
    ],
    [
      'cluster-scoped resources in a Role',
      () => bound('Role', 'h', "[{ apiGroups: [''], resources: [nodes], verbs: ['*'] }]"),
    ],
    [
      'verbs that a resource does not have',
      () => bound('Role', 'h', '[{ apiGroups: [apps], resources: [deployments/scale], verbs: [get, list, watch] }]'),
    ],
    [
      'what everyone can do',
      () =>
        bound(
          'ClusterRole',
          '${SHOP_NODES}',
          '[{ apiGroups: [authorization.k8s.io], resources: [selfsubjectaccessreviews], verbs: [create] }]',
          '',
          'Cluster',
        ),
    ],
    [
      'a binding to a role that does not exist',
      () => `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: nothing }
subjects: [{ kind: User, name: '\${DEVELOPER_USER}', apiGroup: rbac.authorization.k8s.io }]
roleRef: { kind: Role, name: nothing, apiGroup: rbac.authorization.k8s.io }`,
    ],
  ];
  it.each(harmless)('does not mind %s', async (_, yaml) => {
    const objects = await setting.apply(yaml());
    const verdict = await judge();
    await setting.remove(...objects);
    expect(said(verdict)).toEqual([]);
  });

  it('judges a service account by its groups, whether or not it exists', async () => {
    const intruder = { subject: 'ServiceAccount production/intruder', can: [] };
    expect(await judge(intruder)).toMatchObject({ outcome: 'pass' });
    const objects = await setting.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: pipeline-fix }
subjects: [{ kind: Group, name: 'system:serviceaccounts:\${PRODUCTION}', apiGroup: rbac.authorization.k8s.io }]
roleRef: { kind: ClusterRole, name: edit, apiGroup: rbac.authorization.k8s.io }`);
    const verdict = await judge(intruder);
    await setting.remove(...objects);
    expect(verdict.findings.map(({ where }) => where)).toEqual(['RoleBinding/pipeline-fix → ClusterRole/edit']);
  });

  it('judges cannot, by any name', async () => {
    const spec: Partial<AccessSpec> = { others: 'ignore', cannot: [{ verbs: ['get'], resources: ['secrets'] }] };
    expect(await judge(spec)).toMatchObject({ outcome: 'pass' });
    const objects = await setting.apply(
      bound('Role', 'one', "[{ apiGroups: [''], resources: [secrets], resourceNames: [db], verbs: [get] }]"),
    );
    const verdict = await judge(spec);
    await setting.remove(...objects);
    expect(said(verdict)).toEqual([
      expect.stringMatching(
        /^User developer-user-\S+ can get secrets \(db\)\. \| RoleBinding\/one → Role\/one rules\[0\]$/,
      ),
    ]);
  });

  it('judges a group', async () => {
    const verdict = await judge({ subject: 'Group system:masters', can: [] });
    expect(said(verdict)).toEqual([
      expect.stringMatching(
        /^ClusterRoleBinding\/cluster-admin gives everything \(\* \*\): escalate clusterroles, .* across the cluster\. \| ClusterRoleBinding\/cluster-admin → ClusterRole\/cluster-admin rules\[0\], rules\[1\]$/,
      ),
    ]);
  });
});
