import type { KubernetesObject, V1DaemonSet } from '@kubernetes/client-node';
import { container, nodeNetwork, nodeNetworkLabel } from './names.ts';

/** What has to be in the cluster. deploy/base/node-network.yaml is the same, for a platform that may not put it there. */
export function nodeNetworkObjects(image: string): KubernetesObject[] {
  return [namespace, daemonSet(image)];
}

/** `privileged` is the only level that lets a pod onto its node's network. No learner and no other pod of ours is in it. */
const namespace: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: nodeNetwork, labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
};

function daemonSet(image: string): V1DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: nodeNetwork, namespace: nodeNetwork, labels: nodeNetworkLabel },
    spec: {
      selector: { matchLabels: nodeNetworkLabel },
      template: {
        metadata: { labels: nodeNetworkLabel },
        spec: {
          hostNetwork: true,
          // A lab's pod may tolerate whatever a node is kept free by.
          tolerations: [{ operator: 'Exists' }],
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          priorityClassName: 'system-node-critical',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 5,
          securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: container,
              image,
              imagePullPolicy: 'IfNotPresent',
              securityContext: {
                // The kernel gives a capability that is added to root alone.
                runAsUser: 0,
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
              },
              resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
            },
          ],
        },
      },
    },
  };
}
