import type { AccessRequest } from './rbac.ts';

const rbac = 'rbac.authorization.k8s.io';

/** `verb group resource`; `*` stands for itself: only who may do everything may do that. */
const everywhere = ['* * *', 'get - secrets', 'create - pods', 'create - pods/exec'];
const inOwnNamespace = [
  ...everywhere,
  'list - secrets',
  'watch - secrets',
  'create - serviceaccounts/token',
  'impersonate - serviceaccounts',
  'create - pods/attach',
  'create - pods/portforward',
  'patch - pods/ephemeralcontainers',
  `escalate ${rbac} roles`,
  `bind ${rbac} roles`,
  `create ${rbac} rolebindings`,
  'create apps deployments',
  'create batch jobs',
];
const inCluster = [
  'impersonate - users',
  'impersonate - groups',
  `escalate ${rbac} clusterroles`,
  `bind ${rbac} clusterroles`,
  `create ${rbac} clusterrolebindings`,
  'create - nodes/proxy',
  'update certificates.k8s.io certificatesigningrequests/approval',
];

/** What is asked of the API server whatever the RBAC objects say: ways up, in each scope. */
export function waysUp(namespace: string, otherNamespaces: readonly string[]): AccessRequest[] {
  const at = (scope: string, list: readonly string[]) =>
    list.map((line): AccessRequest => {
      const [verb = '', group = '', resource = ''] = line.split(' ');
      return { verb, group: group === '-' ? '' : group, resource, namespace: scope, name: '' };
    });
  return [
    ...at(namespace, inOwnNamespace),
    ...otherNamespaces.flatMap((other) => at(other, everywhere)),
    ...at('', inCluster),
  ];
}
