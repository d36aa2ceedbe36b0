import type { KubernetesObject, V1NetworkPolicy, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { TrafficSpec } from '../../../server/content/check-schema.ts';
import type { Names } from '../../../server/content/names.ts';
import { compilePolicies } from '../../../server/grader/network/compile.ts';
import type { Facts } from '../../../server/grader/traffic/facts.ts';
import { judgeFacts } from '../../../server/grader/traffic/traffic.ts';
import { resolveWorkloads, type Controller } from '../../../server/grader/traffic/workloads.ts';

export const names: Names = {
  namespaces: { production: 'production', staging: 'staging' },
  users: {},
  clusterObjects: {},
  mainNamespace: 'production',
  variables: {},
};

export function objects(yaml: string): KubernetesObject[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as KubernetesObject);
}

/** A Deployment as a lab's would be, with its ReplicaSet and running pods. */
export function deployment(
  where: string,
  options: { labels?: Record<string, string>; ports?: number[]; replicas?: number; spec?: Partial<V1PodSpec> } = {},
): { start: Controller; controllers: Controller[]; pods: V1Pod[] } {
  const [namespace = '', name = ''] = where.split('/');
  const { labels = { app: name }, ports = [], replicas = 1, spec = {} } = options;
  const podSpec = {
    containers: [{ name: 'main', ports: ports.map((containerPort) => ({ containerPort })) }],
    ...spec,
  };
  const template = { metadata: { labels }, spec: podSpec };
  const start: Controller = {
    kind: 'Deployment',
    metadata: { namespace, name, uid: `d-${where}` },
    spec: { template },
  };
  const owner = (kind: string, owned: string, uid: string) => ({
    apiVersion: 'apps/v1',
    kind,
    name: owned,
    uid,
    controller: true,
  });
  const replicaSet: Controller = {
    kind: 'ReplicaSet',
    metadata: {
      namespace,
      name: `${name}-rs`,
      uid: `r-${where}`,
      ownerReferences: [owner('Deployment', name, `d-${where}`)],
    },
    spec: { template },
  };
  const pods = Array.from({ length: replicas }, (_, index): V1Pod => ({
    metadata: {
      namespace,
      name: `${name}-rs-${index}`,
      labels,
      ownerReferences: [owner('ReplicaSet', `${name}-rs`, `r-${where}`)],
    },
    spec: { ...podSpec, nodeName: 'node-a' },
    status: { phase: 'Running', podIP: `10.244.0.${name.length + index}` },
  }));
  return { start, controllers: [start, replicaSet], pods };
}

export type Piece = ReturnType<typeof deployment>;

/** @param policies documents of NetworkPolicies; `name`, `namespace` (production by default) and `spec` suffice. */
export function factsOf(
  pieces: Piece[],
  policies: string,
  more: { learner?: Piece[]; namespaces?: Names } = {},
): Facts {
  const own = more.namespaces ?? names;
  const all = [...pieces, ...(more.learner ?? [])];
  const list = (policies.trim() === '' ? [] : parseAllDocuments(policies)).map((document): V1NetworkPolicy => {
    const {
      name,
      namespace = 'production',
      spec,
    } = document.toJS() as {
      name: string;
      namespace?: string;
      spec: NonNullable<V1NetworkPolicy['spec']>;
    };
    return { metadata: { name, namespace }, spec };
  });
  const namespaces = [...Object.values(own.namespaces), 'default', 'kube-system'].map((name) => ({
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
  }));
  return {
    namespaces: Object.entries(own.namespaces).map(([name, real]) => ({
      name,
      real,
      object: { metadata: { name: real } },
    })),
    policies: list,
    services: [],
    ...resolveWorkloads(
      all.flatMap(({ pods }) => pods),
      all.flatMap(({ controllers }) => controllers),
      pieces.map(({ start }) => start),
      own,
    ),
    dns: [
      {
        namespace: 'kube-system',
        name: 'coredns',
        labels: { 'k8s-app': 'kube-dns' },
        ips: ['10.244.0.200'],
        hostNetwork: false,
        nodeName: 'node-a',
        namedPorts: [],
      },
    ],
    state: compilePolicies(list, namespaces),
  };
}

/** The findings' words, one line each: `where | found | why`. */
export function linesOf(facts: Facts, spec: unknown, own: Names = names): string[] {
  return judgeFacts(facts, TrafficSpec.parse(spec), own).map(
    ({ where, found, why }) => `${where} | ${found.en} | ${why?.en ?? ''}`,
  );
}
