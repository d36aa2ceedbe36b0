import { describe, expect, it } from 'vitest';
import {
  allows,
  bindingReaches,
  grantsOf,
  resourceMatches,
  ruleAllows,
  urlMatches,
  type AccessRequest,
  type Binding,
  type Role,
} from '../../../server/grader/access/rbac.ts';
import { identityOf, strangerLike } from '../../../server/grader/access/subject.ts';
import { names } from './names.ts';

const request = (change: Partial<AccessRequest> = {}): AccessRequest => ({
  verb: 'get',
  group: '',
  resource: 'pods',
  namespace: 'production-minji',
  name: '',
  ...change,
});

describe('identityOf', () => {
  it.each([
    [
      'User developer-user',
      { label: 'User developer-user-minji', user: 'developer-user-minji', groups: ['system:authenticated'] },
    ],
    [
      'ServiceAccount production/ci',
      {
        label: 'ServiceAccount production-minji/ci',
        user: 'system:serviceaccount:production-minji:ci',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:production-minji', 'system:authenticated'],
      },
    ],
    ['Group ops', { label: 'Group ops', user: 'haechi:nobody', groups: ['ops', 'system:authenticated'] }],
    [
      'Group system:authenticated',
      { label: 'Group system:authenticated', user: 'haechi:nobody', groups: ['system:authenticated'] },
    ],
    [
      'Group system:unauthenticated',
      { label: 'Group system:unauthenticated', user: 'system:anonymous', groups: ['system:unauthenticated'] },
    ],
  ])('%s', (subject, identity) => {
    expect(identityOf(subject, names)).toEqual(identity);
  });

  it('compares with somebody of the same kind', () => {
    expect(strangerLike(identityOf('ServiceAccount production/ci', names)).groups).toEqual([
      'system:serviceaccounts',
      'system:serviceaccounts:haechi-nowhere',
      'system:authenticated',
    ]);
    expect(strangerLike(identityOf('Group ops', names)).groups).toEqual(['system:authenticated']);
  });
});

describe('bindingReaches', () => {
  const account = identityOf('ServiceAccount production/ci', names);
  const binding = (kind: string, name: string, namespace?: string): Binding => ({
    kind: 'RoleBinding',
    name: 'b',
    namespace: 'staging-minji',
    own: true,
    subjects: [{ kind, name, namespace }],
    roleRef: { apiGroup: '', kind: 'Role', name: 'r' },
  });
  it.each([
    ['ServiceAccount', 'ci', 'production-minji', true],
    ['ServiceAccount', 'ci', 'staging-minji', false],
    ['ServiceAccount', 'other', 'production-minji', false],
    ['User', 'system:serviceaccount:production-minji:ci', undefined, true],
    ['User', 'ci', undefined, false],
    ['Group', 'system:serviceaccounts', undefined, true],
    ['Group', 'system:serviceaccounts:production-minji', undefined, true],
    ['Group', 'system:serviceaccounts:staging-minji', undefined, false],
    ['Group', 'system:authenticated', undefined, true],
    ['Group', 'system:unauthenticated', undefined, false],
  ])('%s %s (%s): %s', (kind, name, namespace, reached) => {
    expect(bindingReaches(binding(kind, name, namespace), account) !== null).toBe(reached);
  });
});

describe('rules', () => {
  const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
  it.each([
    ['as it is', rule, {}, true],
    ['another verb', rule, { verb: 'list' }, false],
    ['another group', rule, { group: 'metrics.k8s.io' }, false],
    ['a subresource is another resource', rule, { resource: 'pods/log' }, false],
    ['any verb', { ...rule, verbs: ['*'] }, { verb: 'escalate' }, true],
    ['any group', { ...rule, apiGroups: ['*'] }, { group: 'apps' }, true],
    ['any resource, subresources too', { ...rule, resources: ['*'] }, { resource: 'pods/exec' }, true],
    ['a star asked for is not given by a list', rule, { verb: '*' }, false],
    ['a star asked for is given by a star', { ...rule, verbs: ['*'] }, { verb: '*' }, true],
    ['a subresource of anything', { ...rule, resources: ['*/scale'] }, { resource: 'deployments/scale' }, true],
    ['a subresource of anything, not the thing', { ...rule, resources: ['*/scale'] }, { resource: 'scale' }, false],
    ['pods/* is nothing', { ...rule, resources: ['pods/*'] }, { resource: 'pods/exec' }, false],
    ['names keep out the nameless', { ...rule, resourceNames: ['a'] }, {}, false],
    ['names let in their own', { ...rule, resourceNames: ['a'] }, { name: 'a' }, true],
    ['names keep out others', { ...rule, resourceNames: ['a'] }, { name: 'b' }, false],
    ['no names let in any', rule, { name: 'b' }, true],
    ['an empty list of names is no names', { ...rule, resourceNames: [] }, {}, true],
    ['paths give no resources', { verbs: ['*'], nonResourceURLs: ['*'] }, {}, false],
  ])('%s', (_, has, change, allowed) => {
    expect(ruleAllows(has, request(change))).toBe(allowed);
  });

  it('match resources and paths', () => {
    expect(resourceMatches('deployments/scale', 'deployments/scale')).toBe(true);
    expect(urlMatches('/healthz/*', '/healthz/etcd')).toBe(true);
    expect(urlMatches('/healthz/*', '/healthz')).toBe(false);
    expect(urlMatches('*', '/metrics')).toBe(true);
  });
});

describe('grantsOf', () => {
  const developer = identityOf('User developer-user', names);
  const binding = (kind: Binding['kind'], roleKind: string, role: string, namespace = ''): Binding => ({
    kind,
    name: `bind-${role}`,
    namespace,
    own: true,
    subjects: [{ kind: 'User', name: 'developer-user-minji' }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: roleKind, name: role },
  });
  const role = (kind: Role['kind'], name: string, namespace = ''): Role => ({
    kind,
    name,
    namespace,
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  });
  const roles = [role('ClusterRole', 'view'), role('Role', 'view', 'staging-minji')];

  it('finds a Role in the namespace of its binding only', () => {
    const bindings = [
      binding('RoleBinding', 'Role', 'view', 'staging-minji'),
      binding('RoleBinding', 'Role', 'view', 'production-minji'),
      binding('RoleBinding', 'ClusterRole', 'view', 'production-minji'),
      binding('ClusterRoleBinding', 'ClusterRole', 'view'),
      binding('ClusterRoleBinding', 'ClusterRole', 'gone'),
    ];
    const grants = grantsOf(developer, bindings, roles);
    expect(grants.map(({ binding: b, role: r }) => `${b.namespace} ${r.kind} ${r.namespace}`)).toEqual([
      'staging-minji Role staging-minji',
      'production-minji ClusterRole ',
      ' ClusterRole ',
    ]);
  });

  it('reaches no further than the binding', () => {
    const [inStaging] = grantsOf(developer, [binding('RoleBinding', 'Role', 'view', 'staging-minji')], roles);
    const [everywhere] = grantsOf(developer, [binding('ClusterRoleBinding', 'ClusterRole', 'view')], roles);
    const where = ['staging-minji', 'production-minji', ''];
    expect(where.map((namespace) => inStaging && allows(inStaging, request({ namespace })))).toEqual([
      true,
      false,
      false,
    ]);
    expect(where.map((namespace) => everywhere && allows(everywhere, request({ namespace })))).toEqual([
      true,
      true,
      true,
    ]);
  });
});
