import { inRange, parseAddress } from './address.ts';
import { namespaceLabels, type Direction, type NetworkState, type Peer, type Policy, type Rule } from './compile.ts';
import type { Flow, FlowEnd } from './flow.ts';
import { addressesOf, peerMatches, portMatches } from './match.ts';
import { firstUnmet, type Labels, type Requirement } from './selector.ts';

/** Why a peer doesn't match the other end. */
export type PeerMiss =
  /** `requirement` null: the peer has no namespaceSelector, and the pod is in another namespace than the policy. */
  | { condition: 'namespace'; requirement: Requirement | null; labels: Labels; unknown: boolean }
  | { condition: 'pod'; requirement: Requirement; labels: Labels }
  | { condition: 'range'; cidr: string }
  | { condition: 'except'; cidr: string; except: string }
  /** Selectors only know pods of their own network; the other end is an address, a node, or on the host network. */
  | { condition: 'no-pod' }
  | { condition: 'nothing' };

/** Why a rule's ports don't match: over another protocol, another number, or a name that the destination doesn't have. */
export type PortMiss = 'protocol' | 'number' | 'name';

export interface RuleMiss {
  rule: Rule;
  peer: { index: number; misses: readonly PeerMiss[] } | null;
  port: PortMiss | null;
}

/**
 * The rule of a policy that came closest to letting the flow through: the one with the least that doesn't match.
 * @returns null when the policy has no rules in this direction.
 */
export function nearestMiss(state: NetworkState, policy: Policy, flow: Flow, direction: Direction): RuleMiss | null {
  const other = direction === 'egress' ? flow.to : flow.from;
  const misses = (policy[direction] ?? []).flatMap((rule): RuleMiss[] => {
    const port = portMiss(rule, flow);
    if (!rule.peers || rule.peers.some((peer) => peerMatches(state, policy, peer, other))) {
      return [{ rule, peer: null, port }];
    }
    return rule.peers.map((peer, index) => ({
      rule,
      peer: { index, misses: peerMisses(state, policy, peer, other) },
      port,
    }));
  });
  return misses.reduce<RuleMiss | null>(
    (best, miss) => (best === null || distance(miss) < distance(best) ? miss : best),
    null,
  );
}

/** How far a rule is from letting the flow through: 1 for one condition of little doubt, more for stranger ones. */
export function distance({ peer, port }: RuleMiss): number {
  const ofPort = port === null ? 0 : port === 'protocol' ? 1 : 2;
  const ofPeer = (peer?.misses ?? []).reduce((sum, miss) => {
    switch (miss.condition) {
      case 'pod':
      case 'except':
        return sum + 1;
      case 'namespace':
        return sum + (miss.unknown ? 1 : 1.5);
      case 'range':
        return sum + 3;
      case 'no-pod':
        return sum + 4;
      case 'nothing':
        return sum + 5;
    }
  }, 0);
  return ofPort + ofPeer;
}

function portMiss(rule: Rule, flow: Flow): PortMiss | null {
  if (!rule.ports || rule.ports.some((port) => portMatches(port, flow))) return null;
  const overOther = rule.ports.some(
    (port) => port.port !== null && portMatches({ ...port, protocol: flow.protocol }, flow),
  );
  if (overOther) return 'protocol';
  return rule.ports.every(({ port }) => typeof port === 'string') ? 'name' : 'number';
}

function peerMisses(state: NetworkState, policy: Policy, peer: Peer, end: FlowEnd): PeerMiss[] {
  if (peer.kind === 'nothing') return [{ condition: 'nothing' }];
  if (peer.kind === 'ipBlock') return [rangeMiss(peer, end)];
  if (end.kind !== 'pod' || end.pod.hostNetwork) return [{ condition: 'no-pod' }];
  const labels = namespaceLabels(state, end.pod.namespace);
  const misses: PeerMiss[] = [];
  if (peer.namespaces) {
    const requirement = firstUnmet(peer.namespaces, labels);
    if (requirement) {
      misses.push({ condition: 'namespace', requirement, labels, unknown: nowhere(state, requirement) });
    }
  } else if (end.pod.namespace !== policy.namespace) {
    misses.push({ condition: 'namespace', requirement: null, labels, unknown: false });
  }
  const unmet = peer.pods && firstUnmet(peer.pods, end.pod.labels);
  if (unmet) misses.push({ condition: 'pod', requirement: unmet, labels: end.pod.labels });
  return misses;
}

function rangeMiss(peer: Peer & { kind: 'ipBlock' }, end: FlowEnd): PeerMiss {
  const addresses = addressesOf(end).map(parseAddress);
  const excepted = peer.except.find(({ range }) =>
    addresses.some(
      (address) =>
        address !== null && range !== null && inRange(address, range) && peer.range && inRange(address, peer.range),
    ),
  );
  return excepted
    ? { condition: 'except', cidr: peer.cidr, except: excepted.cidr }
    : { condition: 'range', cidr: peer.cidr };
}

/** Whether no namespace has such a label at all: most likely a label that was thought to be there and isn't. */
function nowhere(state: NetworkState, { key, operator, values }: Requirement): boolean {
  if (operator === 'NotIn' || operator === 'DoesNotExist') return false;
  return ![...state.namespaces.values()].some((labels) => {
    const value = labels[key];
    return value !== undefined && (operator === 'Exists' || values.includes(value));
  });
}
