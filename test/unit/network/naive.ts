/**
 * A second implementation, straight from the API's sentences, slow and without any of the engine's code: whatever the
 * two disagree on is a fault of one of them.
 */
import type {
  V1LabelSelector,
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
} from '@kubernetes/client-node';
import { BlockList } from 'node:net';
import type { Flow, FlowEnd } from '../../../server/grader/network/flow.ts';

type Namespaces = Record<string, Record<string, string>>;
interface PlainRule {
  from?: V1NetworkPolicyPeer[];
  to?: V1NetworkPolicyPeer[];
  ports?: V1NetworkPolicyPort[];
}

export function naiveAllowed(policies: V1NetworkPolicy[], namespaces: Namespaces, flow: Flow): boolean {
  const { from, to } = flow;
  if (from.kind === 'pod' && to.kind === 'pod') {
    if (from.pod.namespace === to.pod.namespace && from.pod.name === to.pod.name) return true;
    if (from.pod.nodeName !== '' && from.pod.nodeName === to.pod.nodeName) {
      if (from.pod.hostNetwork || to.pod.hostNetwork) return true;
    }
  }
  if (from.kind === 'node' && to.kind === 'pod' && to.pod.nodeName === from.name) return true;
  if (to.kind === 'node' && from.kind === 'pod' && from.pod.nodeName === to.name) return true;
  return direction('Egress', policies, namespaces, flow) && direction('Ingress', policies, namespaces, flow);
}

function direction(type: 'Ingress' | 'Egress', policies: V1NetworkPolicy[], namespaces: Namespaces, flow: Flow) {
  const [own, other] = type === 'Egress' ? [flow.from, flow.to] : [flow.to, flow.from];
  if (own.kind !== 'pod' || own.pod.hostNetwork) return true;
  let isolated = false;
  let allowed = false;
  for (const { metadata, spec } of policies) {
    if (!spec || metadata?.namespace !== own.pod.namespace) continue;
    if (!matches(spec.podSelector, own.pod.labels)) continue;
    const types = spec.policyTypes?.length
      ? spec.policyTypes
      : ['Ingress', ...(spec.egress && spec.egress.length > 0 ? ['Egress'] : [])];
    if (!types.includes(type)) continue;
    isolated = true;
    for (const rule of ((type === 'Egress' ? spec.egress : spec.ingress) ?? []) as PlainRule[]) {
      const peers = (type === 'Egress' ? rule.to : rule.from) ?? [];
      const peerFits = peers.length === 0 || peers.some((peer) => fits(peer, own.pod.namespace, other, namespaces));
      const ports = rule.ports ?? [];
      const portFits = ports.length === 0 || ports.some((port) => opens(port, flow));
      if (peerFits && portFits) allowed = true;
    }
  }
  return !isolated || allowed;
}

function fits(peer: V1NetworkPolicyPeer, namespace: string, end: FlowEnd, namespaces: Namespaces): boolean {
  if (peer.ipBlock) {
    const { cidr, except = [] } = peer.ipBlock;
    const ips = end.kind === 'pod' ? end.pod.ips : end.kind === 'node' ? end.ips : [end.ip];
    return ips.some((ip) => within(ip, cidr) && !except.some((hole) => within(ip, hole)));
  }
  if (end.kind !== 'pod' || end.pod.hostNetwork) return false;
  if (!peer.namespaceSelector && !peer.podSelector) return false;
  if (peer.namespaceSelector) {
    const labels = { ...namespaces[end.pod.namespace], 'kubernetes.io/metadata.name': end.pod.namespace };
    if (!matches(peer.namespaceSelector, labels)) return false;
  } else if (end.pod.namespace !== namespace) {
    return false;
  }
  return !peer.podSelector || matches(peer.podSelector, end.pod.labels);
}

function opens(port: V1NetworkPolicyPort, flow: Flow): boolean {
  if ((port.protocol ?? 'TCP') !== flow.protocol) return false;
  const number = port.port;
  if (number === undefined) return true;
  if (typeof number === 'number') {
    return port.endPort === undefined ? flow.port === number : number <= flow.port && flow.port <= port.endPort;
  }
  if (flow.to.kind !== 'pod') return false;
  return flow.to.pod.namedPorts.some(
    (named) => named.name === number && named.protocol === flow.protocol && named.port === flow.port,
  );
}

function matches(selector: V1LabelSelector | undefined, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  const expressed = (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const there = key in labels;
    const among = there && values.includes(labels[key] ?? '');
    return { In: among, NotIn: !among, Exists: there, DoesNotExist: !there }[operator] ?? false;
  });
  return equal && expressed;
}

/** Node's BlockList takes IPv4 addresses for IPv6 ones too, so families are compared first. */
function within(ip: string, cidr: string): boolean {
  const family = ip.includes(':') ? 'ipv6' : 'ipv4';
  const [network = '', prefix] = cidr.split('/');
  if (network.includes(':') !== ip.includes(':')) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family);
  return list.check(ip, family);
}
