import type { V1NetworkPolicy, V1Pod } from '@kubernetes/client-node';
import { accountName } from '../../attempt/account.ts';
import { dnsNames } from '../../cluster/lab-network/dns.ts';
import type { PodReach } from '../../content/terminal-reach.ts';
import { attemptLabel, learnersNamespace } from '../../attempt/labels.ts';

/** On every workbench pod, and what selects them all. */
export const workbenchLabel = { 'app.kubernetes.io/name': 'haechi-workbench' };
/** Set once the lab's files are in the home folder. */
export const preparedAnnotation = 'haechi.dev/home-prepared';

export const container = 'workbench';
export const home = '/home/learner';
/** Where in-cluster clients look, too. */
export const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

const uid = 1000;
const tokenSeconds = 3600;

export interface WorkbenchSizes {
  home: string;
  temporary: string;
  /** Of all processes and both volumes together. */
  memory: string;
  cpu: string;
}

export const workbenchSizes: WorkbenchSizes = { home: '64Mi', temporary: '64Mi', memory: '640Mi', cpu: '1' };

/** The pod of an attempt's terminals. @param name a new one: the last pod of the attempt may still be going. */
export function workbenchPod(attempt: string, name: string, image: string, sizes: WorkbenchSizes): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: learnersNamespace, labels: { ...workbenchLabel, [attemptLabel]: attempt } },
    spec: {
      serviceAccountName: accountName(attempt),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      hostname: 'haechi',
      // The agent ends at once when it is told.
      terminationGracePeriodSeconds: 2,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: uid,
        runAsGroup: uid,
        fsGroup: uid,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: container,
          image,
          imagePullPolicy: 'IfNotPresent',
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: {
            requests: { cpu: '20m', memory: '48Mi' },
            limits: { cpu: sizes.cpu, memory: sizes.memory, 'ephemeral-storage': '32Mi' },
          },
          volumeMounts: [
            { name: 'home', mountPath: home },
            { name: 'temporary', mountPath: '/tmp' },
            { name: 'account', mountPath: accountFolder, readOnly: true },
          ],
        },
      ],
      volumes: [
        // In memory, where a full one refuses the write; on disk the kubelet would evict the pod, and the home with it.
        { name: 'home', emptyDir: { medium: 'Memory', sizeLimit: sizes.home } },
        { name: 'temporary', emptyDir: { medium: 'Memory', sizeLimit: sizes.temporary } },
        {
          name: 'account',
          projected: {
            defaultMode: 0o440,
            sources: [
              { serviceAccountToken: { path: 'token', expirationSeconds: tokenSeconds } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            ],
          },
        },
      ],
    },
  };
}

/** Where the API server is: its Service, as pods reach it, and what is behind that, as a NetworkPolicy sees it. */
export interface ApiServerAddresses {
  service: { address: string; port: number };
  endpoints: { address: string; port: number }[];
}

/**
 * What every workbench may reach: cluster DNS and the API server; nobody may reach them. Whether a policy sees the
 * Service's address or what is behind it is up to the network plugin (NetworkPolicy API, ipBlock), so both are let through.
 */
export function workbenchPolicy({ service, endpoints }: ApiServerAddresses): V1NetworkPolicy {
  const dns = { key: 'k8s-app', operator: 'In', values: dnsNames };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'haechi-workbench', namespace: learnersNamespace },
    spec: {
      podSelector: { matchLabels: workbenchLabel },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
              podSelector: { matchExpressions: [dns] },
            },
          ],
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
        ...[service, ...endpoints].map(({ address, port }) => ({
          to: [{ ipBlock: { cidr: address.includes(':') ? `${address}/128` : `${address}/32` } }],
          ports: [{ protocol: 'TCP', port }],
        })),
      ],
    },
  };
}

/**
 * What one attempt's workbench may reach beside that: pods of the attempt, as its lab says. It is its pod's, and goes with
 * it by Kubernetes' own garbage collection.
 */
export function reachPolicy({ metadata = {} }: V1Pod, reaches: readonly PodReach[]): V1NetworkPolicy {
  const { name = '', uid = '', labels = {} } = metadata;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name,
      namespace: learnersNamespace,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }],
    },
    spec: {
      podSelector: { matchLabels: labels },
      policyTypes: ['Egress'],
      egress: reaches.map(({ namespace, podSelector, port, protocol }) => ({
        to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } }, podSelector }],
        ports: [{ protocol, port }],
      })),
    },
  };
}
