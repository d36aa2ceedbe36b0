import type { Text } from '../../contract/text.ts';
import type { TrafficSpec } from '../../content/check-schema.ts';
import type { FlowEnd, NetworkPod } from '../network/flow.ts';
import { namedPorts, networkPod } from '../network/pod.ts';
import { text } from '../network/words.ts';
import { internetSamples, ipBlocks, isPublic, isWithin, metadataAddress, representatives } from './addresses.ts';
import { outsideNamespace, type Facts } from './facts.ts';
import { declaredPorts, type DeclaredPort } from './ports.ts';
import type { Workload } from './workloads.ts';

/** One of the sources and destinations between which flows are judged. */
export interface Place {
  role: 'workload' | 'stranger' | 'look-alike' | 'dns' | 'address';
  /** As labs write it; empty for strangers and look-alikes, which labs don't name. */
  id: string;
  /** In real names. */
  name: Text;
  /** Real; empty for addresses. */
  namespace: string;
  /** `Deployment/api`; empty for all but workloads. */
  object: string;
  /** Made by the learner. */
  learner: boolean;
  /** Each is judged, and all must agree: one for every kind of pod that the workload has. */
  ends: readonly FlowEnd[];
  /** Another replica of each of `ends`, for flows within a workload. */
  replicas: readonly FlowEnd[];
  ports: readonly DeclaredPort[];
}

/**
 * Everything that the closed world of `others: deny` is made of, and cluster DNS. What a learner adds has no look-alikes:
 * it is judged itself, and many such pods must not make judging slow.
 */
export function placesOf(facts: Facts, spec: TrafficSpec): Place[] {
  const workloads = facts.workloads.map((workload) => workloadPlace(facts, workload, spec));
  const lookAlikeNamespaces = [...facts.namespaces.map(({ real }) => real), outsideNamespace];
  return [
    ...workloads,
    ...facts.namespaces.map(({ real }) => strangerPlace(facts, real)),
    ...workloads
      .filter(({ learner }) => !learner)
      .flatMap((workload) =>
        lookAlikeNamespaces
          .filter((namespace) => namespace !== workload.namespace)
          .map((namespace) => lookAlikePlace(facts, workload, namespace)),
      ),
    ...addressPlaces(facts, spec),
    dnsPlace(facts),
  ];
}

function workloadPlace(facts: Facts, workload: Workload, spec: TrafficSpec): Place {
  const pods = workload.pods.length > 0 ? workload.pods.map(networkPod) : [podToBe(workload)];
  const kinds = new Map<string, NetworkPod>();
  for (const pod of pods) {
    const key = kindOfPod(facts, pod);
    if (!kinds.has(key)) kinds.set(key, withAddress(facts, pod));
  }
  const ends = [...kinds.values()].map((pod): FlowEnd => ({ kind: 'pod', pod }));
  return {
    role: 'workload',
    id: workload.id,
    name: text(workload.name, workload.name),
    namespace: workload.namespace,
    object: workload.object,
    learner: workload.origin === 'learner',
    ends,
    replicas: [...kinds.values()].map((pod) => ({ kind: 'pod', pod: { ...pod, name: `${pod.name} (replica)` } })),
    ports: declaredPorts(workload, facts.services, [spec]),
  };
}

/** What the template will make, for a workload that has no pod now. */
function podToBe({ namespace, object, template }: Workload): NetworkPod {
  return {
    namespace,
    name: object,
    labels: template.metadata?.labels ?? {},
    ips: [],
    hostNetwork: template.spec?.hostNetwork ?? false,
    nodeName: '',
    namedPorts: template.spec ? namedPorts(template.spec) : [],
  };
}

/** Pods for which every policy must say the same: replicas of one kind are judged once. */
function kindOfPod({ policies, workloads }: Facts, pod: NetworkPod): string {
  const inBlocks = ipBlocks(policies).map((block) => pod.ips.some((ip) => !block.includes(':') && isWithin(ip, block)));
  // The node only matters where something on the host network may share it.
  const nodesMatter = workloads.some(({ pods }) => pods.some(({ spec }) => spec?.hostNetwork));
  const labels = Object.entries(pod.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([labels, pod.namedPorts, pod.hostNetwork, nodesMatter && pod.nodeName, inBlocks]);
}

function strangerPlace(facts: Facts, namespace: string): Place {
  return {
    role: 'stranger',
    id: '',
    name: text(`${namespace}의 레이블 없는 파드`, `a pod without labels in ${namespace}`),
    namespace,
    object: '',
    learner: false,
    ends: [
      {
        kind: 'pod',
        pod: withAddress(facts, {
          namespace,
          name: 'a pod without labels',
          labels: {},
          ips: [],
          hostNetwork: false,
          nodeName: '',
          namedPorts: [],
        }),
      },
    ],
    replicas: [],
    ports: [],
  };
}

function lookAlikePlace(facts: Facts, { name, ends, ports }: Place, namespace: string): Place {
  return {
    role: 'look-alike',
    id: '',
    name: text(`${name.ko}처럼 레이블을 단 ${namespace}의 파드`, `a pod labelled like ${name.en} in ${namespace}`),
    namespace,
    object: '',
    learner: false,
    ends: ends.flatMap((end): FlowEnd[] =>
      end.kind === 'pod'
        ? [
            {
              kind: 'pod',
              pod: withAddress(facts, {
                ...end.pod,
                namespace,
                name: `like ${end.pod.name}`,
                ips: [],
                hostNetwork: false,
                nodeName: '',
              }),
            },
          ]
        : [],
    ),
    replicas: [],
    ports,
  };
}

/** Ports that findings name an address by. */
const usualPorts: Record<string, DeclaredPort[]> = {
  internet: [{ port: 443, protocol: 'TCP' }],
  metadata: [{ port: 80, protocol: 'TCP' }],
};

function addressPlaces(facts: Facts, spec: TrafficSpec): Place[] {
  const rules = [...spec.allow, ...spec.deny];
  // The narrowest first: an exception is a place of its own.
  const ranges = rules
    .flatMap(({ from, to }) => [from, to])
    .filter((end) => /^\d/.test(end))
    .sort((a, b) => prefixOf(b) - prefixOf(a));
  const ends = new Map<string, { id: string; ips: string[] }>();
  for (const ip of representatives(facts, ranges)) {
    const range = ranges.find((each) => isWithin(ip, each));
    if (!isPublic(ip) && ip !== metadataAddress && !range) continue;
    const id = ip === metadataAddress ? 'metadata' : (range ?? 'internet');
    const isPlain = id === ip || id === 'metadata' || (id === 'internet' && internetSamples.includes(ip));
    const name = isPlain ? id : `${id} (${ip})`;
    ends.set(name, { id, ips: [...(ends.get(name)?.ips ?? []), ip] });
  }
  return [...ends].map(([name, { id, ips }]) => ({
    role: 'address',
    id,
    name: text(name, name),
    namespace: '',
    object: '',
    learner: false,
    ends: ips.map((ip): FlowEnd => ({ kind: 'address', ip })),
    replicas: [],
    ports: usualPorts[id] ?? rules.flatMap(({ to, port, protocol }) => (to === id && port ? [{ port, protocol }] : [])),
  }));
}

function prefixOf(range: string): number {
  return Number(range.split('/')[1] ?? 32);
}

function dnsPlace({ dns }: Facts): Place {
  return {
    role: 'dns',
    id: 'dns',
    name: text('dns', 'dns'),
    namespace: '',
    object: '',
    learner: false,
    ends: dns.map((pod): FlowEnd => ({ kind: 'pod', pod })),
    replicas: [],
    ports: [
      { port: 53, protocol: 'UDP' },
      { port: 53, protocol: 'TCP' },
    ],
  };
}

/** A pod that has no address yet gets one beside the others', so that ipBlocks over the pods' range hold for it. */
function withAddress({ workloads }: Facts, pod: NetworkPod): NetworkPod {
  if (pod.ips.length > 0) return pod;
  const neighbour = workloads
    .flatMap(({ pods }) => pods)
    .filter(({ spec }) => !spec?.hostNetwork)
    .map(({ status }) => status?.podIP)
    .find((ip) => ip !== undefined && ip.includes('.'));
  return { ...pod, ips: [(neighbour ?? '10.244.0.0').replace(/\d+$/, '254')] };
}
