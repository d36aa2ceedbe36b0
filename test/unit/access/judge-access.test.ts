import type { V1PolicyRule } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import type { AccessSpec } from '../../../server/content/check-schema.ts';
import type { Finding } from '../../../server/contract/verdict.ts';
import { CannotJudge } from '../../../server/grader/check.ts';
import type { ApiResource } from '../../../server/grader/access/discovery.ts';
import type { RbacFacts } from '../../../server/grader/access/facts.ts';
import {
  allRequests,
  disagreements,
  judge,
  questionsOf,
  type Duty,
} from '../../../server/grader/access/judge-access.ts';
import { allows, grantsOf, type AccessRequest, type Binding, type Role } from '../../../server/grader/access/rbac.ts';
import { formatResource, parseResource } from '../../../server/grader/access/resource-names.ts';
import { identityOf } from '../../../server/grader/access/subject.ts';
import { resolveRule } from '../../../server/grader/access/wanted.ts';
import { names } from './names.ts';

const all = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const resource = (group: string, name: string, verbs = all, namespaced = true): ApiResource => ({
  group,
  resource: name,
  namespaced,
  verbs,
});
const discovered: ApiResource[] = [
  resource('', 'pods'),
  resource('', 'pods/log', ['get']),
  resource('', 'pods/exec', ['create', 'get']),
  resource('', 'secrets'),
  resource('', 'events'),
  resource('', 'nodes', all, false),
  resource('', 'namespaces', ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'], false),
  resource('events.k8s.io', 'events'),
  resource('apps', 'deployments'),
  resource('apps', 'deployments/scale', ['get', 'patch', 'update']),
  resource('authorization.k8s.io', 'selfsubjectaccessreviews', ['create'], false),
];

const spec: AccessSpec = {
  subject: 'User developer-user',
  namespace: 'production',
  can: [{ verbs: ['get', 'list'], resources: ['pods'] }],
  cannot: [],
  others: 'deny',
};

function dutyOf(change: Partial<AccessSpec> = {}): Duty {
  const { subject, can, cannot, others } = { ...spec, ...change };
  return {
    identity: identityOf(subject, names),
    namespace: 'production-minji',
    otherNamespaces: ['staging-minji', 'default'],
    can: can.map((rule) => resolveRule(rule, discovered)),
    cannot: cannot.map((rule) => resolveRule(rule, discovered)),
    closed: others === 'deny',
  };
}

const needed = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] };

/** Roles bound to the developer; `namespace` empty for the whole cluster. */
function world(
  ...roles: { name: string; namespace?: string; rules: V1PolicyRule[]; group?: string; own?: boolean }[]
): RbacFacts {
  return {
    bindings: roles.map(({ name, namespace = 'production-minji', group, own = true }): Binding => ({
      kind: namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding',
      name,
      namespace,
      own,
      subjects: [group ? { kind: 'Group', name: group } : { kind: 'User', name: 'developer-user-minji' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: namespace === '' ? 'ClusterRole' : 'Role', name },
    })),
    roles: roles.map(({ name, namespace = 'production-minji', rules }): Role => ({
      kind: namespace === '' ? 'ClusterRole' : 'Role',
      name,
      namespace,
      rules,
    })),
  };
}

/** An API server that decides by RBAC alone, but for what it is told to answer otherwise. */
function judged(
  facts: RbacFacts,
  change: Partial<AccessSpec> = {},
  otherwise: Record<string, boolean> = {},
): Finding[] {
  const duty = dutyOf(change);
  const questions = questionsOf(duty, facts, discovered);
  const grants = grantsOf(duty.identity, facts.bindings, facts.roles);
  const answer = (request: AccessRequest) =>
    otherwise[`${request.verb} ${request.resource}`] ?? grants.some((grant) => allows(grant, request));
  return judge(duty, questions, new Set(allRequests(questions).filter(answer)), facts, discovered);
}

const said = (findings: Finding[]) => findings.map(({ found, where }) => `${found.en} | ${where}`);
const role = (...rules: V1PolicyRule[]) => world({ name: 'developer', rules: [needed, ...rules] });

describe('access', () => {
  it('passes exactly what is needed', () => {
    expect(judged(role())).toEqual([]);
  });

  it('says what is missing, and where it nearly is', () => {
    const [finding] = judged(world({ name: 'developer', rules: [{ ...needed, verbs: ['get'] }] }));
    expect(finding).toEqual({
      expected: {
        ko: 'User developer-user-minji: production-minji에서 get/list pods 할 수 있어야 합니다.',
        en: 'User developer-user-minji can get/list pods in production-minji.',
      },
      found: { ko: '할 수 없습니다: list pods', en: "User developer-user-minji can't list pods." },
      where: 'RoleBinding/developer → Role/developer rules[0]',
      reference: 'https://kubernetes.io/docs/reference/access-authn-authz/rbac/',
    });
  });

  it('a name is less than any name', () => {
    expect(said(judged(world({ name: 'developer', rules: [{ ...needed, resourceNames: ['api'] }] })))).toEqual([
      "User developer-user-minji can't get pods, list pods. | RoleBinding/developer → Role/developer rules[0]",
    ]);
    const can = [{ verbs: ['get'], resources: ['pods'], names: ['api'] }];
    const one = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
    expect(judged(world({ name: 'r', rules: [{ ...one, resourceNames: ['api'] }] }), { can })).toEqual([]);
    expect(said(judged(world({ name: 'r', rules: [one] }), { can }))).toEqual([
      'RoleBinding/r gives get pods, in production-minji. | RoleBinding/r → Role/r rules[0]',
    ]);
  });

  it.each<[string, V1PolicyRule, string]>([
    [
      'a verb',
      { apiGroups: [''], resources: ['pods'], verbs: ['delete'] },
      'RoleBinding/developer gives delete pods, in production-minji.',
    ],
    [
      'any verb',
      { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['*'] },
      'RoleBinding/developer gives update deployments/scale, patch deployments/scale, get deployments/scale, in production-minji.',
    ],
    [
      'a subresource',
      { apiGroups: [''], resources: ['*/exec'], verbs: ['create'] },
      'RoleBinding/developer gives create pods/exec, in production-minji.',
    ],
    [
      'a name',
      { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['db'] },
      'RoleBinding/developer gives get secrets (db), in production-minji.',
    ],
    [
      'events, by their own group',
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['list'] },
      'RoleBinding/developer gives list events.events.k8s.io, in production-minji.',
    ],
    [
      'everything',
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      'RoleBinding/developer gives everything (* *): get secrets, create pods/exec, create pods, create deployments, delete events, delete namespaces (production-minji) and 42 more, in production-minji.',
    ],
  ])('finds %s too much', (_, rule, words) => {
    expect(said(judged(role(rule)))).toEqual([`${words} | RoleBinding/developer → Role/developer rules[1]`]);
  });

  it.each<[string, V1PolicyRule]>([
    ['pods/*', { apiGroups: [''], resources: ['pods/*'], verbs: ['*'] }],
    ['cluster-scoped resources of a Role', { apiGroups: [''], resources: ['nodes'], verbs: ['*'] }],
    ['what there is none of', { apiGroups: ['policy'], resources: ['podsecuritypolicies'], verbs: ['*'] }],
    [
      'verbs that a resource does not have',
      { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['list', 'delete'] },
    ],
    [
      'creating by name',
      { apiGroups: [''], resources: ['secrets'], verbs: ['create', 'deletecollection'], resourceNames: ['db'] },
    ],
    ['paths in a Role', { verbs: ['get'], nonResourceURLs: ['/metrics'] }],
  ])('does not mind %s', (_, rule) => {
    expect(said(judged(role(rule)))).toEqual([]);
  });

  it('tells bindings apart, and that a role beside an old binding takes nothing away', () => {
    const findings = judged(
      world(
        { name: 'developer', rules: [needed] },
        { name: 'old', rules: [needed, { apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] },
        { name: 'far', namespace: 'staging-minji', rules: [needed] },
        { name: 'wide', namespace: '', rules: [needed, { verbs: ['get'], nonResourceURLs: ['/metrics'] }] },
      ),
    );
    expect(said(findings)).toEqual([
      'RoleBinding/old gives get secrets, in production-minji. | RoleBinding/old → Role/old rules[1]',
      'RoleBinding/far gives get pods, list pods, in staging-minji. | RoleBinding/far → Role/far rules[0]',
      'ClusterRoleBinding/wide gives get pods, list pods, get /metrics, across the cluster. | ClusterRoleBinding/wide → ClusterRole/wide rules[0], rules[1]',
    ]);
    expect(findings[0]?.why?.en).toBe(
      'Permissions only add up: another Role beside this binding takes nothing away from it. ' +
        'Whoever reads secrets can be whoever their passwords and tokens belong to; list and watch show the contents, too.',
    );
    expect(findings[0]?.expected.en).toBe(
      'In production-minji, User developer-user-minji can do this and nothing else: get/list pods',
    );
    expect(findings[1]?.expected.en).toBe('User developer-user-minji can do nothing in staging-minji.');
    expect(findings[1]?.why).toBeUndefined();
  });

  it('says that a group reaches them', () => {
    const rules = [{ apiGroups: [''], resources: ['events'], verbs: ['get'] }];
    const findings = judged(
      world({ name: 'developer', rules: [needed] }, { name: 'all', rules, group: 'system:authenticated' }),
    );
    expect(said(findings)).toEqual([
      'RoleBinding/all gives get events, in production-minji. | RoleBinding/all → Role/all rules[0]',
    ]);
    expect(findings[0]?.why?.en).toMatch(
      /^It is bound to the group system:authenticated, so it reaches everyone in that group\./,
    );
  });

  it('takes off what everybody has, but not what the lab gives everybody', () => {
    const review = [
      { apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews'], verbs: ['create'] },
    ];
    const everybody = { name: 'system:basic-user', namespace: '', rules: review, group: 'system:authenticated' };
    const base = { name: 'developer', rules: [needed] };
    expect(judged(world(base, { ...everybody, own: false }))).toEqual([]);
    expect(judged(world(base, { ...everybody, own: false }, { name: 'same', namespace: '', rules: review }))).toEqual(
      [],
    );
    expect(said(judged(world(base, { ...everybody, name: 'lab' })))).toEqual([
      'ClusterRoleBinding/lab gives create selfsubjectaccessreviews, across the cluster. | ClusterRoleBinding/lab → ClusterRole/lab rules[0]',
    ]);
  });

  it('the API server wins: what it refuses is missing, whatever a role says', () => {
    const findings = judged(role(), {}, { 'list pods': false });
    expect(said(findings)).toEqual([
      "User developer-user-minji can't list pods. | RoleBinding/developer → Role/developer rules[0]",
    ]);
    expect(findings[0]?.why?.en).toBe(
      'RoleBinding/developer → Role/developer rules[0] gives it, and the API server refuses it all the same.',
    );
  });

  it('the API server wins: what it allows is too much, whatever no role says', () => {
    const [finding] = judged(role(), {}, { 'get secrets': true });
    expect(finding?.found.en).toBe('The API server allows it to get secrets.');
    expect(finding?.why?.en).toBe('No RBAC binding in sight gives it: another authorizer does.');
  });

  it('can not judge when the API server refuses what is too much', () => {
    const facts = role({ apiGroups: [''], resources: ['secrets'], verbs: ['get'] });
    expect(() => judged(facts, {}, { 'get secrets': false })).toThrow(
      new CannotJudge(
        {
          ko: 'RBAC 오브젝트는 get secrets 권한을 주는데 API 서버는 거절합니다. 다른 권한 검사기가 결정하고 있습니다.',
          en: 'The RBAC objects give get secrets, but the API server refuses it: another authorizer decides.',
        },
        'User developer-user-minji',
      ),
    );
  });

  it('sees disagreement, in both directions', () => {
    const duty = dutyOf();
    const facts = role();
    const questions = questionsOf(duty, facts, discovered);
    const none = disagreements(questions, new Set(), duty.identity, facts);
    expect(none.map(({ verb, resource: name }) => `${verb} ${name}`)).toEqual(['get pods', 'list pods']);
    const every = disagreements(questions, new Set(allRequests(questions)), duty.identity, facts);
    expect(every.length).toBe(questions.waysUp.length);
  });

  it('judges cannot, for any name', () => {
    const change: Partial<AccessSpec> = {
      others: 'ignore',
      can: [],
      cannot: [{ verbs: ['get'], resources: ['secrets'] }],
    };
    expect(judged(role(), change)).toEqual([]);
    expect(
      said(judged(role({ apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['db'] }), change)),
    ).toEqual(['User developer-user-minji can get secrets (db). | RoleBinding/developer → Role/developer rules[1]']);
  });

  it('asks of every way up that the duties do not include', () => {
    const questions = questionsOf(dutyOf({ can: [{ verbs: ['create'], resources: ['pods'] }] }), role(), discovered);
    const asked = questions.waysUp.map(({ verb, resource: name, namespace }) => `${verb} ${name} ${namespace}`);
    expect(asked).not.toContain('create pods production-minji');
    expect(asked).toContain('create pods staging-minji');
    for (const each of [
      '* * production-minji',
      'escalate roles production-minji',
      'bind clusterroles ',
      'impersonate users ',
      'create nodes/proxy ',
      'watch secrets production-minji',
      'get secrets default',
    ]) {
      expect(asked).toContain(each);
    }
  });
});

describe('names of resources', () => {
  it.each([
    ['pods', { group: '', resource: 'pods' }, 'pods'],
    ['pods/log', { group: '', resource: 'pods/log' }, 'pods/log'],
    ['deployments.apps', { group: 'apps', resource: 'deployments' }, 'deployments'],
    ['deployments.apps/scale', { group: 'apps', resource: 'deployments/scale' }, 'deployments/scale'],
    ['deployments', { group: 'apps', resource: 'deployments' }, 'deployments'],
    ['events', { group: '', resource: 'events' }, 'events'],
    ['events.events.k8s.io', { group: 'events.k8s.io', resource: 'events' }, 'events.events.k8s.io'],
  ])('%s', (text, name, words) => {
    expect(parseResource(text, discovered)).toEqual(name);
    expect(formatResource(name, discovered)).toBe(words);
  });
});
