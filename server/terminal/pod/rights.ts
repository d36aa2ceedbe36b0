import type { V1PolicyRule } from '@kubernetes/client-node';

/** What the platform needs in the learners' namespace for terminals in pods. */
export const learnersNamespaceRights: V1PolicyRule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  // `get` for API servers before 1.35, which ask for it where exec comes over a WebSocket.
  { apiGroups: [''], resources: ['pods/exec'], verbs: ['create', 'get'] },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['get', 'create', 'patch'] },
];

/** And in `default`, to know where the API server is. */
export const defaultNamespaceRights: V1PolicyRule[] = [
  { apiGroups: [''], resources: ['services'], resourceNames: ['kubernetes'], verbs: ['get'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list'] },
];
