import type { Kube } from '../kube.ts';

interface Right {
  group: string;
  /** With its subresource: `pods/exec`. */
  resource: string;
  verb: string;
}

const read = ['get', 'list', 'watch'];
const write = ['create', 'update', 'patch', 'delete'];
const rbac = 'rbac.authorization.k8s.io';

/** What the platform asks the API server for, beside what it hands on to learners and grader. */
const needed: { group: string; resources: string[]; verbs: string[] }[] = [
  { group: '', resources: ['namespaces', 'serviceaccounts'], verbs: [...read, ...write] },
  { group: '', resources: ['pods', 'services', 'configmaps', 'secrets'], verbs: [...read, ...write] },
  { group: '', resources: ['nodes'], verbs: read },
  { group: '', resources: ['resourcequotas', 'limitranges'], verbs: write },
  { group: '', resources: ['serviceaccounts/token', 'pods/exec'], verbs: ['create'] },
  { group: '', resources: ['pods/ephemeralcontainers'], verbs: ['patch'] },
  { group: '', resources: ['users', 'groups'], verbs: ['impersonate'] },
  {
    group: 'apps',
    resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'],
    verbs: [...read, ...write],
  },
  { group: 'batch', resources: ['jobs', 'cronjobs'], verbs: [...read, ...write] },
  { group: 'networking.k8s.io', resources: ['networkpolicies'], verbs: [...read, ...write] },
  { group: 'discovery.k8s.io', resources: ['endpointslices'], verbs: read },
  // `escalate` and `bind`: a learner's rights are more than the platform itself may have.
  { group: rbac, resources: ['roles', 'clusterroles'], verbs: [...read, ...write, 'escalate', 'bind'] },
  { group: rbac, resources: ['rolebindings', 'clusterrolebindings'], verbs: [...read, ...write] },
  {
    group: 'admissionregistration.k8s.io',
    resources: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
    verbs: ['get', 'create', 'patch'],
  },
];

/**
 * Asks the API server, in every namespace, for all that the platform needs.
 * @returns what it may not, as `patch pods/ephemeralcontainers`, `create deployments.apps`.
 * @throws KubeError
 */
export async function missingRights(kube: Kube, signal: AbortSignal): Promise<string[]> {
  // An administrator is asked about once.
  if (await isAllowed(kube, { group: '*', resource: '*', verb: '*' }, signal)) return [];
  const rights = needed.flatMap(({ group, resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb): Right => ({ group, resource, verb }))),
  );
  const answers = await Promise.all(
    rights.map(async (right) => ((await isAllowed(kube, right, signal)) ? null : right)),
  );
  return answers.filter((right) => right !== null).map(wordsOf);
}

async function isAllowed(kube: Kube, { group, resource, verb }: Right, signal: AbortSignal): Promise<boolean> {
  const [name = '', subresource] = resource.split('/');
  const { value } = await kube.request<{ status: { allowed: boolean } }>(
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { group, resource: name, verb, ...(subresource ? { subresource } : {}) } },
      },
      signal,
    },
  );
  return value.status.allowed;
}

function wordsOf({ group, resource, verb }: Right): string {
  const [name = '', subresource] = resource.split('/');
  return `${verb} ${name}${group ? `.${group}` : ''}${subresource ? `/${subresource}` : ''}`;
}
