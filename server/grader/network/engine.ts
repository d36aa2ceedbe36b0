/**
 * Whether a flow passes, over the whole NetworkPolicy API (networking.k8s.io/v1), by the API reference of
 * NetworkPolicySpec and the concept page https://kubernetes.io/docs/concepts/services-networking/network-policies/:
 *
 * 1. A pod is isolated in a direction as soon as one policy of its namespace selects it (`podSelector`, empty for all)
 *    and applies to that direction (`policyTypes`). Otherwise everything passes in that direction.
 * 2. Policies only add: an isolated pod has the union of what the rules of all its policies allow. Order never matters.
 * 3. A flow passes if the egress of its source and the ingress of its destination both let it.
 * 4. A rule lets through what matches one of its peers and one of its ports. No peers (missing or empty): anywhere. No
 *    ports: every port. No rules: nothing.
 * 5. A peer with podSelector: pods of the policy's own namespace. With namespaceSelector: all pods of those namespaces.
 *    With both: those pods in those namespaces (AND); as two peers, either is enough (OR).
 * 6. ipBlock: addresses within `cidr` and in none of `except`.
 * 7. A port is a number, a range up to `endPort`, or the name of a container port of the destination; `protocol` is TCP
 *    if absent. Only TCP, UDP and SCTP can be named.
 * 8. A pod can't block access to itself, and traffic between a pod and the node it runs on is always allowed.
 * 9. Pods on the host network: as most network plugins do, their traffic is the node's; policies don't select them, and
 *    of a policy's peers only ipBlock can match them.
 */
import { policiesSelecting, type Direction, type NetworkState, type Policy } from './compile.ts';
import type { Flow, FlowEnd } from './flow.ts';
import { peerMatches, portMatches } from './match.ts';

/** What lets a flow through; `peer` is -1 when the rule is open to anywhere. */
export interface Allowance {
  policy: Policy;
  rule: number;
  peer: number;
}

export type DirectionVerdict =
  /** `outside`: this end is no pod, or one on the host network. `unselected`: no policy isolates it. */
  | { allowed: true; because: 'self' | 'own-node' | 'outside' | 'unselected' }
  | { allowed: true; because: 'rule'; by: Allowance }
  /** Policies select the pod and none lets the flow through. */
  | { allowed: false; because: 'no-rule'; selecting: readonly Policy[] };

export interface FlowVerdict {
  allowed: boolean;
  egress: DirectionVerdict;
  ingress: DirectionVerdict;
  /** What was judged: explain.ts goes on from here. */
  flow: Flow;
  state: NetworkState;
}

/**
 * Judges one flow. Pure and synchronous; a few microseconds. Make the state with `compilePolicies` (compile.ts), pods
 * with `networkPod` (pod.ts), words with `explain` (explain.ts).
 */
export function judgeFlow(state: NetworkState, flow: Flow): FlowVerdict {
  const always = alwaysAllowed(flow);
  const egress = always ?? judgeDirection(state, flow, 'egress');
  const ingress = always ?? judgeDirection(state, flow, 'ingress');
  return { allowed: egress.allowed && ingress.allowed, egress, ingress, flow, state };
}

/** Every rule that lets the flow through in this direction, of every policy that selects the pod. */
export function allowances(state: NetworkState, flow: Flow, direction: Direction): Allowance[] {
  const own = direction === 'egress' ? flow.from : flow.to;
  if (own.kind !== 'pod') return [];
  return policiesSelecting(state, own.pod).flatMap((policy) =>
    (policy[direction] ?? []).flatMap((_, rule) => {
      const peer = matchRule(state, policy, rule, flow, direction);
      return peer === null ? [] : [{ policy, rule, peer }];
    }),
  );
}

function judgeDirection(state: NetworkState, flow: Flow, direction: Direction): DirectionVerdict {
  const own = direction === 'egress' ? flow.from : flow.to;
  if (own.kind !== 'pod' || own.pod.hostNetwork) return { allowed: true, because: 'outside' };
  const selecting: Policy[] = [];
  for (const policy of policiesSelecting(state, own.pod)) {
    const rules = policy[direction];
    if (rules === null) continue;
    selecting.push(policy);
    for (let rule = 0; rule < rules.length; rule++) {
      const peer = matchRule(state, policy, rule, flow, direction);
      if (peer !== null) return { allowed: true, because: 'rule', by: { policy, rule, peer } };
    }
  }
  return selecting.length === 0
    ? { allowed: true, because: 'unselected' }
    : { allowed: false, because: 'no-rule', selecting };
}

/** @returns the index of the peer that matches, -1 if the rule is open to anywhere, null if the rule doesn't match. */
function matchRule(
  state: NetworkState,
  policy: Policy,
  index: number,
  flow: Flow,
  direction: Direction,
): number | null {
  const rule = policy[direction]?.[index];
  if (!rule) return null;
  if (rule.ports && !rule.ports.some((port) => portMatches(port, flow))) return null;
  if (!rule.peers) return -1;
  const other = direction === 'egress' ? flow.to : flow.from;
  const peer = rule.peers.findIndex((candidate) => peerMatches(state, policy, candidate, other));
  return peer === -1 ? null : peer;
}

function alwaysAllowed({ from, to }: Flow): DirectionVerdict | null {
  if (from.kind === 'pod' && to.kind === 'pod' && samePod(from.pod, to.pod)) return { allowed: true, because: 'self' };
  const fromNode = nodeOf(from);
  const toNode = nodeOf(to);
  const meetsOwnNode =
    (fromNode !== null && to.kind === 'pod' && to.pod.nodeName === fromNode) ||
    (toNode !== null && from.kind === 'pod' && from.pod.nodeName === toNode);
  return meetsOwnNode ? { allowed: true, because: 'own-node' } : null;
}

function samePod(a: { namespace: string; name: string }, b: { namespace: string; name: string }): boolean {
  return a === b || (a.name === b.name && a.namespace === b.namespace);
}

/** The node that an end speaks for; null for pods of their own network, for addresses, and while it isn't known. */
function nodeOf(end: FlowEnd): string | null {
  const name = end.kind === 'node' ? end.name : end.kind === 'pod' && end.pod.hostNetwork ? end.pod.nodeName : '';
  return name || null;
}
