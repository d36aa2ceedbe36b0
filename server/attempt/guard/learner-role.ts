import type { V1ClusterRole, V1PolicyRule } from '@kubernetes/client-node';
import type { GroupResource } from '../../cluster/resource-paths.ts';

const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const read = ['get', 'list', 'watch'];

/**
 * What a learner may do in the namespaces of their attempt: everything that a namespace's administrator does, and no
 * writing of what contains them (quota, limits) or of what could reach beyond (endpoints, events, leases). `escalate`
 * and `bind` let them write any Role: one bound in a namespace gives nothing outside it, and what it could give inside
 * is held by the admission policies.
 */
const rules: V1PolicyRule[] = [
  {
    apiGroups: [''],
    resources: [
      'pods',
      'services',
      'configmaps',
      'secrets',
      'serviceaccounts',
      'persistentvolumeclaims',
      'replicationcontrollers',
      'podtemplates',
    ],
    verbs: all,
  },
  { apiGroups: [''], resources: ['pods/log', 'pods/status', 'replicationcontrollers/status'], verbs: ['get'] },
  { apiGroups: [''], resources: ['pods/exec', 'pods/attach', 'pods/portforward'], verbs: ['get', 'create'] },
  {
    apiGroups: [''],
    resources: ['pods/ephemeralcontainers', 'pods/resize', 'replicationcontrollers/scale'],
    verbs: ['get', 'update', 'patch'],
  },
  { apiGroups: [''], resources: ['pods/eviction', 'serviceaccounts/token'], verbs: ['create'] },
  { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] },
  { apiGroups: [''], resources: ['events', 'endpoints', 'resourcequotas', 'limitranges'], verbs: read },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: read },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read },
  {
    apiGroups: ['apps'],
    resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets', 'controllerrevisions'],
    verbs: all,
  },
  {
    apiGroups: ['apps'],
    resources: ['deployments/scale', 'replicasets/scale', 'statefulsets/scale'],
    verbs: ['get', 'update', 'patch'],
  },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: all },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies', 'ingresses'], verbs: all },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: all },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: all },
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['roles', 'rolebindings'],
    verbs: [...all, 'escalate', 'bind'],
  },
  // A RoleBinding to a ClusterRole gives its rules in that namespace only.
  { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['bind'] },
  { apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], verbs: ['create'] },
];

export const learnerRole: V1ClusterRole = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'haechi-learner' },
  rules,
};

/** The kinds of objects that learners make and delete: what a lab's namespaces can hold beside what contains them. */
export const learnersKinds: readonly GroupResource[] = rules
  .filter(({ verbs }) => verbs.includes('deletecollection'))
  .flatMap(({ apiGroups = [], resources = [] }) =>
    apiGroups.flatMap((group) => resources.map((resource) => ({ group, resource }))),
  );
