import { graderUsername } from '../../attempt/labels.ts';

/**
 * What the API server writes down (audit.k8s.io/v1): what people and their workloads do in the labs. The platform's
 * own identities and the control plane's parts are left out, they would be nearly all of it; bodies of Secrets, of
 * ConfigMaps and of token requests never are in it.
 */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: ['system:apiserver', 'system:kube-controller-manager', graderUsername] },
    { level: 'None', userGroups: ['system:masters', 'system:nodes', 'system:serviceaccounts:kube-system'] },
    { level: 'None', nonResourceURLs: ['*'] },
    { level: 'None', resources: [{ group: '', resources: ['events'] }, { group: 'events.k8s.io' }] },
    {
      level: 'Metadata',
      resources: [
        { group: '', resources: ['secrets', 'configmaps', 'serviceaccounts/token'] },
        { group: 'authentication.k8s.io', resources: ['tokenreviews'] },
      ],
    },
    { level: 'Request', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    { level: 'Metadata' },
  ],
};
