import type { KubernetesObject, V1PodSpec } from '@kubernetes/client-node';
import { restrictedSecurity } from '../../../server/cluster/existing/probe/probe-container.ts';

type Anything = KubernetesObject & { spec?: object };

function deployment(namespace: string, name: string, spec: Partial<V1PodSpec> = {}): Anything {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name,
              image: 'busybox:1.37',
              command: ['httpd', '-f', '-p', '8080', '-h', '/tmp'],
              ports: [{ containerPort: 8080 }],
              securityContext: restrictedSecurity,
            },
          ],
          ...spec,
        },
      },
    },
  };
}

/** A web server and who asks it. */
export function shop(namespace: string): Anything[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    deployment(namespace, 'web'),
    deployment(namespace, 'client'),
  ];
}

export function closeWeb(namespace: string): Anything {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'close-web', namespace },
    spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] },
  };
}
