import type { KubernetesObject, V1ResourceQuota } from '@kubernetes/client-node';
import { guardLabel } from '../labels.ts';

/** How many objects an attempt's namespace may hold: plenty for a lab, too few to flood a cluster that others share. */
const hard: Record<string, string> = {
  pods: '40',
  services: '30',
  'services.nodeports': '0',
  'services.loadbalancers': '0',
  configmaps: '60',
  secrets: '60',
  persistentvolumeclaims: '10',
  replicationcontrollers: '10',
  'requests.storage': '5Gi',
  'count/deployments.apps': '30',
  'count/replicasets.apps': '150',
  'count/statefulsets.apps': '10',
  'count/daemonsets.apps': '10',
  'count/jobs.batch': '30',
  'count/cronjobs.batch': '10',
  'count/networkpolicies.networking.k8s.io': '60',
  'count/ingresses.networking.k8s.io': '20',
  'count/roles.rbac.authorization.k8s.io': '60',
  'count/rolebindings.rbac.authorization.k8s.io': '60',
  'count/serviceaccounts': '40',
  'count/podtemplates': '10',
  'count/poddisruptionbudgets.policy': '20',
  'count/horizontalpodautoscalers.autoscaling': '20',
  'limits.memory': '8Gi',
};

/** Named so that the refusal a learner reads says whose limit it is. */
export function quota(namespace: string): V1ResourceQuota {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'haechi-quota', namespace, labels: { [guardLabel]: 'true' } },
    spec: { hard },
  };
}

/** Containers that ask for nothing get this much, so that the quota on memory never stands in a lab's way. */
export function limitRange(namespace: string): KubernetesObject & { spec: object } {
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'haechi-limits', namespace, labels: { [guardLabel]: 'true' } },
    spec: {
      limits: [
        {
          type: 'Container',
          default: { cpu: '250m', memory: '64Mi' },
          defaultRequest: { cpu: '10m', memory: '16Mi' },
          max: { cpu: '2', memory: '1Gi' },
        },
      ],
    },
  };
}
