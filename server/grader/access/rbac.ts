import type { RbacV1Subject, V1PolicyRule, V1RoleRef } from '@kubernetes/client-node';
import type { Identity } from './subject.ts';

/** What is asked for, as the API server's authorizer gets it. */
export interface AccessRequest {
  verb: string;
  group: string;
  /** With its subresource: `deployments/scale`. */
  resource: string;
  /** Empty for cluster scope (and, of a namespaced resource, for all namespaces). */
  namespace: string;
  /** Empty where no one object is named. */
  name: string;
}

export interface Binding {
  kind: 'RoleBinding' | 'ClusterRoleBinding';
  name: string;
  /** Empty for a ClusterRoleBinding. */
  namespace: string;
  /** Belongs to the attempt: part of what is judged, not of what every cluster has. */
  own: boolean;
  subjects: readonly RbacV1Subject[];
  roleRef: V1RoleRef;
}

export interface Role {
  kind: 'Role' | 'ClusterRole';
  name: string;
  namespace: string;
  rules: readonly V1PolicyRule[];
}

/** One rule that reaches somebody, and how. */
export interface Grant {
  binding: Binding;
  role: Role;
  /** Position in the role's rules. */
  index: number;
  rule: V1PolicyRule;
  /** The subject that it reaches them by. */
  subject: RbacV1Subject;
}

/** https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects */
export function bindingReaches({ subjects, namespace }: Binding, { user, groups }: Identity): RbacV1Subject | null {
  return (
    subjects.find((subject) => {
      switch (subject.kind) {
        case 'User':
          return subject.name === user;
        case 'Group':
          return groups.includes(subject.name);
        case 'ServiceAccount':
          // A RoleBinding may leave its own namespace out; the API server's defaulting doesn't.
          return `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}` === user;
        default:
          return false;
      }
    }) ?? null
  );
}

/** Every rule that reaches somebody. Bindings to roles that don't exist give nothing. */
export function grantsOf(identity: Identity, bindings: readonly Binding[], roles: readonly Role[]): Grant[] {
  return bindings.flatMap((binding) => {
    const subject = bindingReaches(binding, identity);
    const role = subject && roleOf(binding, roles);
    if (!role) return [];
    return role.rules.map((rule, index) => ({ binding, role, index, rule, subject }));
  });
}

export function roleOf({ roleRef, namespace }: Binding, roles: readonly Role[]): Role | undefined {
  return roles.find(
    ({ kind, name, namespace: own }) =>
      kind === roleRef.kind && name === roleRef.name && (kind === 'ClusterRole' || own === namespace),
  );
}

/** Whether a grant allows a request, by https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole */
export function allows({ binding, rule }: Grant, request: AccessRequest): boolean {
  if (binding.kind === 'RoleBinding' && binding.namespace !== request.namespace) return false;
  return ruleAllows(rule, request);
}

export function ruleAllows(rule: V1PolicyRule, { verb, group, resource, name }: AccessRequest): boolean {
  return (
    includes(rule.verbs, verb) &&
    includes(rule.apiGroups, group) &&
    (rule.resources ?? []).some((pattern) => resourceMatches(pattern, resource)) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name))
  );
}

/** `*` is everything, `*` before a slash is that subresource of everything; `pods/*` is nothing. */
export function resourceMatches(pattern: string, resource: string): boolean {
  if (pattern === '*' || pattern === resource) return true;
  const [, subresource] = resource.split('/');
  return subresource !== undefined && pattern === `*/${subresource}`;
}

/** `/metrics` or `/healthz/*`: a star only stands at the end. */
export function urlMatches(pattern: string, url: string): boolean {
  if (pattern === '*' || pattern === url) return true;
  return pattern.endsWith('*') && url.startsWith(pattern.replace(/\*+$/, ''));
}

function includes(list: readonly string[] | undefined, value: string): boolean {
  return (list ?? []).some((each) => each === '*' || each === value);
}
