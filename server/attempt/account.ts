import type { KubernetesObject } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { create, type Applier } from '../cluster/apply.ts';
import { isNotFound } from '../cluster/kube-error.ts';
import type { Kube } from '../cluster/kube.ts';
import { oneContext } from '../cluster/one-context.ts';
import { requestToken } from '../cluster/request-token.ts';
import type { Names } from '../content/names.ts';
import { limitRange, quota } from './guard/limits.ts';
import { attemptLabel, guardLabel, learnersNamespace } from './labels.ts';

const rbac = 'rbac.authorization.k8s.io';

/** The ServiceAccount of an attempt's learner. */
export function accountName(attempt: string): string {
  return `attempt-${attempt}`;
}

/** What belongs to an attempt and doesn't go away with its namespaces: the account and its rights. */
export function accountObjects(attempt: string, names: Names): KubernetesObject[] {
  return [account(attempt), ...rightsObjects(attempt, names)];
}

/** Cluster-scoped objects that give an attempt's account its rights outside its namespaces. */
export function rightsObjects(attempt: string, names: Names): KubernetesObject[] {
  const name = `haechi-attempt-${attempt}`;
  const labels = { [attemptLabel]: attempt };
  const rules = [
    {
      apiGroups: [''],
      resources: ['namespaces'],
      resourceNames: Object.values(names.namespaces),
      verbs: ['get', 'update', 'patch'],
    },
    ...(Object.keys(names.users).length > 0
      ? [{ apiGroups: [''], resources: ['users'], resourceNames: Object.values(names.users), verbs: ['impersonate'] }]
      : []),
    ...(Object.keys(names.clusterObjects).length > 0
      ? [
          {
            apiGroups: [rbac],
            resources: ['clusterroles', 'clusterrolebindings'],
            resourceNames: Object.values(names.clusterObjects),
            verbs: ['get', 'update', 'patch', 'delete'],
          },
        ]
      : []),
  ];
  return [
    object(`${rbac}/v1`, 'ClusterRole', { name, labels }, { rules }),
    object(
      `${rbac}/v1`,
      'ClusterRoleBinding',
      { name, labels },
      { roleRef: roleRef(name), subjects: [subject(attempt)] },
    ),
  ];
}

/** What contains the learner in each namespace, and what lets them in. */
export function namespaceGuards(attempt: string, names: Names): KubernetesObject[] {
  return Object.values(names.namespaces).flatMap((namespace) => [
    quota(namespace),
    limitRange(namespace),
    object(
      `${rbac}/v1`,
      'RoleBinding',
      { name: 'haechi-learner', namespace, labels: { [guardLabel]: 'true' } },
      { roleRef: roleRef('haechi-learner'), subjects: [subject(attempt)] },
    ),
  ]);
}

/**
 * A kubeconfig of the learner's identity, whose account is made where it isn't there.
 * @param seconds how long its token holds.
 */
export async function learnerKubeconfig(
  applier: Applier,
  attempt: string,
  namespace: string,
  seconds: number,
): Promise<string> {
  const named = { namespace: learnersNamespace, name: accountName(attempt) };
  const request = () => requestToken(applier.kube, named, { expirationSeconds: seconds });
  const { token } = await request().catch(async (error: unknown) => {
    if (!isNotFound(error)) throw error;
    await create(applier, account(attempt));
    return request();
  });
  const user = { name: 'learner', credentials: { token } };
  return stringify(oneContext({ cluster: applier.kube.connection.cluster, user, namespace }));
}

/** How long `withLearner` borrows the identity for; the shortest that an API server gives. */
const borrowedSeconds = 600;

/** Does something as an attempt's learner, who can do nothing outside it. */
export async function withLearner<T>(
  { attempt, names }: { attempt: string; names: Names },
  applier: Applier,
  work: (learner: Kube) => Promise<T>,
): Promise<T> {
  const learner = applier.kube.as(await learnerKubeconfig(applier, attempt, names.mainNamespace, borrowedSeconds));
  try {
    return await work(learner);
  } finally {
    await learner.close();
  }
}

function account(attempt: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: accountName(attempt), namespace: learnersNamespace, labels: { [attemptLabel]: attempt } },
  };
}

function subject(attempt: string) {
  return { kind: 'ServiceAccount', name: accountName(attempt), namespace: learnersNamespace };
}

function roleRef(name: string) {
  return { apiGroup: rbac, kind: 'ClusterRole', name };
}

function object(
  apiVersion: string,
  kind: string,
  metadata: KubernetesObject['metadata'],
  rest: object,
): KubernetesObject {
  return { apiVersion, kind, metadata, ...rest };
}
