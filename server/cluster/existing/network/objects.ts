import type { KubernetesObject, V1NetworkPolicy, V1Pod } from '@kubernetes/client-node';
import { restrictedSecurity } from '../probe/probe-container.ts';

/**
 * On the namespaces in which the network is measured, so that one left behind is found. Not below haechi.dev/: the policies of
 * an earlier platform may still keep that for its own identity.
 */
export const measureLabel = 'app.kubernetes.io/name';
export const measureName = 'haechi-network-measure';

/** Two ports of one pod: a policy allows the one, and denies the other by not allowing it. */
export const allowedPort = 8080;
export const deniedPort = 8081;

export function measureNamespace(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { [measureLabel]: measureName } } };
}

/** Listens on both ports, and is ready when it does. */
export function targetPod(image: string): V1Pod {
  const listen = `httpd -p ${allowedPort} -h /tmp && exec httpd -f -p ${deniedPort} -h /tmp`;
  return pod('target', image, listen, deniedPort);
}

/** Waits: connections are tried from it. */
export function sourcePod(image: string): V1Pod {
  return pod('source', image, 'trap "exit 0" TERM; while true; do sleep 3600 & wait $!; done');
}

export function measurePolicy(): V1NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'measure' },
    spec: {
      podSelector: { matchLabels: { app: 'target' } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port: allowedPort, protocol: 'TCP' }] }],
    },
  };
}

function pod(name: string, image: string, run: string, readyPort?: number): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name,
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', run],
          securityContext: restrictedSecurity,
          ...(readyPort === undefined
            ? {}
            : { readinessProbe: { tcpSocket: { port: readyPort }, periodSeconds: 1, timeoutSeconds: 1 } }),
        },
      ],
    },
  };
}
