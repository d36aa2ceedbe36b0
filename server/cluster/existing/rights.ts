import { graderAccount, learnersNamespace, systemNamespace } from '../../attempt/labels.ts';
import type { Kube } from '../kube.ts';
import { leaseName } from './hold/lease.ts';

export interface Right {
  group: string;
  /** With its subresource: `pods/exec`. */
  resource: string;
  verb: string;
  /** In which it is needed; in every one, or cluster-wide, if empty. */
  namespace: string;
  /** Of the object; any if empty. */
  name: string;
}

interface Needed {
  group: string;
  resources: string[];
  verbs: string[];
  namespace?: string;
  names?: readonly string[];
}

const read = ['get', 'list', 'watch'];
const write = ['create', 'patch'];
const rbac = 'rbac.authorization.k8s.io';
const canary = 'haechi-canary';

/** The admission policies that the platform writes, with a binding of the same name each. */
export const admissionPolicies = [
  'haechi-pods',
  'haechi-exec',
  'haechi-guard-rails',
  'haechi-namespaces',
  'haechi-services',
  'haechi-finalizers',
  'haechi-kinds',
  graderAccount,
];

/** All that the platform asks the API server for. deploy/base/rbac.yaml gives exactly this. */
const needed: Needed[] = [
  { group: '', resources: ['namespaces'], verbs: [...read, ...write, 'delete'] },
  {
    group: '',
    resources: ['pods', 'services', 'configmaps', 'secrets', 'serviceaccounts'],
    verbs: [...read, ...write],
  },
  { group: '', resources: ['nodes'], verbs: ['list', 'watch'] },
  { group: '', resources: ['resourcequotas', 'limitranges'], verbs: write },
  { group: '', resources: ['events'], verbs: ['deletecollection'] },
  // API servers before 1.35 ask for `get` where exec comes over a WebSocket.
  { group: '', resources: ['pods/exec'], verbs: ['get', 'create'] },
  { group: '', resources: ['pods/ephemeralcontainers'], verbs: ['patch'] },
  {
    group: '',
    resources: ['serviceaccounts/token'],
    verbs: ['create'],
    namespace: systemNamespace,
    names: [graderAccount],
  },
  { group: '', resources: ['serviceaccounts/token'], verbs: ['create'], namespace: learnersNamespace },
  { group: '', resources: ['serviceaccounts', 'pods'], verbs: ['delete'], namespace: learnersNamespace },
  { group: '', resources: ['users'], verbs: ['impersonate'], names: [canary] },
  {
    group: 'coordination.k8s.io',
    resources: ['leases'],
    verbs: ['get', ...write],
    namespace: systemNamespace,
    names: [leaseName],
  },
  { group: 'apps', resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: [...read, ...write] },
  { group: 'apps', resources: ['replicasets'], verbs: write },
  { group: 'batch', resources: ['jobs', 'cronjobs'], verbs: [...read, ...write] },
  { group: 'networking.k8s.io', resources: ['networkpolicies'], verbs: [...read, ...write] },
  { group: 'discovery.k8s.io', resources: ['endpointslices'], verbs: read },
  // `escalate` and `bind`: a learner's rights, and the wildcards of a lab's start, are more than the platform has.
  { group: rbac, resources: ['roles'], verbs: [...read, ...write, 'escalate', 'bind'] },
  { group: rbac, resources: ['rolebindings'], verbs: [...read, ...write] },
  { group: rbac, resources: ['clusterroles'], verbs: [...read, ...write, 'delete', 'escalate', 'bind'] },
  { group: rbac, resources: ['clusterrolebindings'], verbs: [...read, ...write, 'delete'] },
  {
    group: 'admissionregistration.k8s.io',
    resources: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
    verbs: write,
    names: admissionPolicies,
  },
];

/** Each right that the platform needs, once. */
export function neededRights(): Right[] {
  return needed.flatMap(({ group, resources, verbs, namespace = '', names = [''] }) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) => names.map((name): Right => ({ group, resource, verb, namespace, name }))),
    ),
  );
}

/**
 * Asks the API server for all that the platform needs.
 * @returns what it may not, as `patch pods/ephemeralcontainers`, `create deployments.apps`, `impersonate users haechi-canary`.
 * @throws KubeError
 */
export async function missingRights(kube: Kube, signal: AbortSignal): Promise<string[]> {
  // An administrator is asked about once.
  if (await isAllowed(kube, { group: '*', resource: '*', verb: '*', namespace: '', name: '' }, signal)) return [];
  const rights = neededRights();
  const answers = await Promise.all(
    rights.map(async (right) => ((await isAllowed(kube, right, signal)) ? null : right)),
  );
  return answers.filter((right) => right !== null).map(wordsOf);
}

async function isAllowed(kube: Kube, right: Right, signal: AbortSignal): Promise<boolean> {
  const { group, verb, namespace, name } = right;
  const [resource = '', subresource] = right.resource.split('/');
  const resourceAttributes = {
    group,
    resource,
    verb,
    ...(subresource ? { subresource } : {}),
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
  };
  const { value } = await kube.request<{ status: { allowed: boolean } }>(
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      },
      signal,
    },
  );
  return value.status.allowed;
}

function wordsOf({ group, resource, verb, namespace, name }: Right): string {
  const [main = '', subresource] = resource.split('/');
  const what = `${verb} ${main}${group ? `.${group}` : ''}${subresource ? `/${subresource}` : ''}`;
  return `${what}${name ? ` ${name}` : ''}${namespace ? ` in ${namespace}` : ''}`;
}
