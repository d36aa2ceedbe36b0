import type { KubernetesObject, V1Namespace, V1NetworkPolicy, V1Pod, V1Service } from '@kubernetes/client-node';
import { CannotJudge, type JudgeContext } from '../check.ts';
import { compilePolicies, type NetworkState } from '../network/compile.ts';
import type { NetworkPod } from '../network/flow.ts';
import { networkPod } from '../network/pod.ts';
import { text } from '../network/words.ts';
import { isOver, resolveWorkloads, type Controller, type MissingWorkload, type Workload } from './workloads.ts';

/** All that judging the traffic of an attempt takes, fetched at one moment. */
export interface Facts {
  /** The attempt's. */
  namespaces: { name: string; real: string; object: V1Namespace }[];
  policies: readonly V1NetworkPolicy[];
  services: readonly V1Service[];
  workloads: readonly Workload[];
  missing: readonly MissingWorkload[];
  /** The pods of cluster DNS; one that stands for them where the cluster answers DNS by other means. */
  dns: readonly NetworkPod[];
  state: NetworkState;
}

/** A namespace that every cluster has and no attempt owns: strangers from outside come from there. */
export const outsideNamespace = 'default';
const dnsNamespace = 'kube-system';

const perNamespace = {
  pods: '/api/v1/namespaces/{}/pods',
  services: '/api/v1/namespaces/{}/services',
  policies: '/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies',
};

/** Kinds that own pods; the second group is asked for only if pods or the scenario speak of one. */
const usualControllers = {
  Deployment: '/apis/apps/v1/namespaces/{}/deployments',
  ReplicaSet: '/apis/apps/v1/namespaces/{}/replicasets',
};
const rareControllers = {
  StatefulSet: ['/apis/apps/v1/namespaces/{}/statefulsets'],
  DaemonSet: ['/apis/apps/v1/namespaces/{}/daemonsets'],
  Job: ['/apis/batch/v1/namespaces/{}/jobs', '/apis/batch/v1/namespaces/{}/cronjobs'],
  CronJob: ['/apis/batch/v1/namespaces/{}/jobs', '/apis/batch/v1/namespaces/{}/cronjobs'],
};

/**
 * @throws CannotJudge when a namespace of the attempt is gone; KubeError or a network error when the API can't be
 * reached.
 */
export async function gatherFacts({ kube, names, start, signal }: JudgeContext): Promise<Facts> {
  const own = Object.entries(names.namespaces);
  const list = async <T>(path: string, query: Record<string, string> = {}): Promise<T[]> => {
    const { value } = await kube.request<{ items: T[] }>('GET', path, { query, signal });
    return value.items;
  };
  const listOwn = async <T>(path: string): Promise<T[]> =>
    (await Promise.all(own.map(([, real]) => list<T>(path.replace('{}', real))))).flat();
  const listControllers = async (path: string, kind: string): Promise<Controller[]> =>
    // Items of a list don't say what they are.
    (await listOwn<KubernetesObject>(path)).map((object) => ({ ...object, kind }));

  const wanted = [...own.map(([, real]) => real), outsideNamespace, dnsNamespace];
  const [namespaces, pods, services, policies, dnsPods, ...usual] = await Promise.all([
    list<V1Namespace>('/api/v1/namespaces', { labelSelector: `kubernetes.io/metadata.name in (${wanted.join(',')})` }),
    listOwn<V1Pod>(perNamespace.pods),
    listOwn<V1Service>(perNamespace.services),
    listOwn<V1NetworkPolicy>(perNamespace.policies),
    list<V1Pod>(perNamespace.pods.replace('{}', dnsNamespace), { labelSelector: 'k8s-app=kube-dns' }),
    ...Object.entries(usualControllers).map(([kind, path]) => listControllers(path, kind)),
  ]);
  const spokenOf = new Set([
    ...start.map(({ kind }) => kind ?? ''),
    ...pods.flatMap(({ metadata }) => (metadata?.ownerReferences ?? []).map(({ kind }) => kind)),
  ]);
  const rarePaths = Object.entries(rareControllers).flatMap(([kind, paths]) => (spokenOf.has(kind) ? paths : []));
  const rare = await Promise.all([...new Set(rarePaths)].map((path) => listControllers(path, kindOfPath(path))));

  const servingDns = dnsPods.filter((pod) => !isOver(pod));
  checkSize(policies);
  const present = own.map(([name, real]) => {
    const object = namespaces.find(({ metadata }) => metadata?.name === real);
    if (!object) {
      throw new CannotJudge(
        text(
          `${real} 네임스페이스가 없습니다. 실습을 처음 상태로 되돌려 주세요.`,
          `The namespace ${real} is gone. Reset the lab to its start.`,
        ),
        `Namespace/${real}`,
      );
    }
    return { name, real, object };
  });
  return {
    namespaces: present,
    policies,
    services,
    ...resolveWorkloads(pods, [...usual, ...rare].flat(), start, names),
    dns: servingDns.length > 0 ? servingDns.map(networkPod) : [standInDns],
    state: compilePolicies(policies, namespaces),
  };
}

/** Peers, exceptions and ports of an attempt's policies together; labs have some dozens. */
const mostEntries = 1000;

/** Judging takes time with the size of the policies, and everyone's attempts are judged by the same process. */
function checkSize(policies: readonly V1NetworkPolicy[]): void {
  const count = policies
    .flatMap(({ spec }) => [...(spec?.ingress ?? []), ...(spec?.egress ?? [])] as Rule[])
    .flatMap(({ from = [], to = [], ports = [] }) => [
      ports.length,
      ...[...from, ...to].map(({ ipBlock }) => 1 + (ipBlock?.except?.length ?? 0)),
    ])
    .reduce((sum, each) => sum + each, 0);
  if (count <= mostEntries) return;
  throw new CannotJudge(
    text(
      `NetworkPolicy의 항목이 모두 ${count}개라 판정하지 않았습니다. ${mostEntries}개 이하로 줄여 주세요.`,
      `The NetworkPolicies have ${count} peers and ports in all, too many to judge. Have no more than ${mostEntries}.`,
    ),
  );
}

interface Rule {
  from?: { ipBlock?: { except?: string[] } }[];
  to?: { ipBlock?: { except?: string[] } }[];
  ports?: unknown[];
}

const standInDns: NetworkPod = {
  namespace: dnsNamespace,
  name: 'kube-dns',
  labels: { 'k8s-app': 'kube-dns' },
  ips: [],
  hostNetwork: false,
  nodeName: '',
  namedPorts: [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ],
};

function kindOfPath(path: string): string {
  const found = { statefulsets: 'StatefulSet', daemonsets: 'DaemonSet', jobs: 'Job', cronjobs: 'CronJob' };
  return found[(path.split('/').at(-1) ?? '') as keyof typeof found];
}
