import type { V1ClusterRole, V1ClusterRoleBinding, V1ObjectMeta, V1Role, V1RoleBinding } from '@kubernetes/client-node';
import { attemptLabel } from '../../attempt/labels.ts';
import { find } from '../../cluster/find.ts';
import type { JudgeContext } from '../check.ts';
import { listOnce, once } from '../once.ts';
import { bindingReaches, type Binding, type Role } from './rbac.ts';
import type { Identity } from './subject.ts';

/** Who is bound to what, as far as it can matter to somebody. */
export interface RbacFacts {
  bindings: readonly Binding[];
  roles: readonly Role[];
}

/** A namespace that every cluster has and no attempt owns. */
export const outsideNamespace = 'default';

const api = '/apis/rbac.authorization.k8s.io/v1';

/** Reads all bindings of the attempt's namespaces, of one outside and of the cluster, and the roles they refer to. */
export async function readRbac(context: JudgeContext, identities: readonly Identity[]): Promise<RbacFacts> {
  const { kube, names, signal } = context;
  const own = new Set(Object.values(names.namespaces));
  const namespaces = [...own, outsideNamespace];
  const list = <T>(path: string) => listOnce<T>(context, `${api}${path}`);
  const [clusterBindings, bindings, roles] = await Promise.all([
    list<V1ClusterRoleBinding>('/clusterrolebindings'),
    Promise.all(namespaces.map((namespace) => list<V1RoleBinding>(`/namespaces/${namespace}/rolebindings`))),
    Promise.all(namespaces.map((namespace) => list<V1Role>(`/namespaces/${namespace}/roles`))),
  ]);
  const clusterObjects = new Set(Object.values(names.clusterObjects));
  const isOwn = ({ name = '', labels }: V1ObjectMeta) =>
    clusterObjects.has(name) || labels?.[attemptLabel] !== undefined;
  const all = [
    ...clusterBindings.map((binding) => toBinding('ClusterRoleBinding', binding, isOwn(binding.metadata ?? {}))),
    ...bindings.flat().map((binding) => toBinding('RoleBinding', binding, own.has(binding.metadata?.namespace ?? ''))),
  ].filter((binding) => identities.some((identity) => bindingReaches(binding, identity)));
  const wanted = new Set(all.flatMap(({ roleRef }) => (roleRef.kind === 'ClusterRole' ? [roleRef.name] : [])));
  const clusterRoles = await Promise.all(
    [...wanted].map((name) =>
      once(context, `ClusterRole ${name}`, async () => {
        const role = await find<V1ClusterRole>(kube, `${api}/clusterroles/${name}`, signal);
        return role ? [toRole('ClusterRole', role)] : [];
      }),
    ),
  );
  return { bindings: all, roles: [...roles.flat().map((role) => toRole('Role', role)), ...clusterRoles.flat()] };
}

function toBinding(kind: Binding['kind'], { metadata, subjects, roleRef }: V1RoleBinding, own: boolean): Binding {
  return {
    kind,
    name: metadata?.name ?? '',
    namespace: kind === 'RoleBinding' ? (metadata?.namespace ?? '') : '',
    own,
    subjects: subjects ?? [],
    roleRef,
  };
}

function toRole(kind: Role['kind'], { metadata, rules }: V1Role | V1ClusterRole): Role {
  return { kind, name: metadata?.name ?? '', namespace: metadata?.namespace ?? '', rules: rules ?? [] };
}
