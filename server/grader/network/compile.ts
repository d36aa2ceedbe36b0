import type {
  V1LabelSelector,
  V1Namespace,
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
  V1NetworkPolicySpec,
} from '@kubernetes/client-node';
import { parseRange, type Range } from './address.ts';
import type { FlowProtocol, NetworkPod } from './flow.ts';
import { compileSelector, type Labels, type Selector, selects } from './selector.ts';

export type Direction = 'ingress' | 'egress';

export type Peer =
  /** `namespaces` null: the policy's own. `pods` null: all of them. */
  | { kind: 'pods'; namespaces: Selector | null; pods: Selector | null }
  | { kind: 'ipBlock'; cidr: string; range: Range | null; except: { cidr: string; range: Range | null }[] }
  /** A peer without any field, which the API server refuses: it matches nothing. */
  | { kind: 'nothing' };

export interface Port {
  protocol: FlowProtocol;
  /** null: every port. A text: the name of a container port. */
  port: number | string | null;
  endPort: number | null;
}

export interface Rule {
  index: number;
  /** null: from or to anywhere. */
  peers: readonly Peer[] | null;
  /** null: every port of every protocol. */
  ports: readonly Port[] | null;
}

export interface Policy {
  namespace: string;
  name: string;
  pods: Selector;
  /** null: the policy doesn't isolate in this direction. No rules: nothing passes. */
  ingress: readonly Rule[] | null;
  egress: readonly Rule[] | null;
}

/** The policies and namespaces of a cluster at one moment, ready for judging. Immutable but for its memory. */
export interface NetworkState {
  /** By namespace, sorted by name, so that what is said of a flow doesn't depend on the order of a list. */
  readonly policies: ReadonlyMap<string, readonly Policy[]>;
  readonly namespaces: ReadonlyMap<string, Labels>;
  /** Which policies select a pod, remembered by pod object. */
  readonly selecting: WeakMap<NetworkPod, readonly Policy[]>;
}

/** @param namespaces all that pods of flows are in; the label `kubernetes.io/metadata.name` is always there. */
export function compilePolicies(
  policies: readonly V1NetworkPolicy[],
  namespaces: readonly Pick<V1Namespace, 'metadata'>[],
): NetworkState {
  const byNamespace = new Map<string, Policy[]>();
  for (const policy of policies.map(compilePolicy)) {
    byNamespace.set(policy.namespace, [...(byNamespace.get(policy.namespace) ?? []), policy]);
  }
  for (const list of byNamespace.values()) list.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return {
    policies: byNamespace,
    namespaces: new Map(
      namespaces.map(({ metadata }) => {
        const name = metadata?.name ?? '';
        return [name, { ...metadata?.labels, ...ownName(name) }];
      }),
    ),
    selecting: new WeakMap(),
  };
}

export function namespaceLabels(state: NetworkState, namespace: string): Labels {
  return state.namespaces.get(namespace) ?? ownName(namespace);
}

/** The policies of both directions that select a pod. Pods on the host network are selected by none (see engine.ts). */
export function policiesSelecting(state: NetworkState, pod: NetworkPod): readonly Policy[] {
  const known = state.selecting.get(pod);
  if (known) return known;
  const found = pod.hostNetwork
    ? []
    : (state.policies.get(pod.namespace) ?? []).filter((policy) => selects(policy.pods, pod.labels));
  state.selecting.set(pod, found);
  return found;
}

function compilePolicy({ metadata, spec }: V1NetworkPolicy): Policy {
  const types = policyTypes(spec);
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    pods: optionalSelector(spec?.podSelector) ?? [],
    ingress: types.includes('Ingress')
      ? (spec?.ingress ?? []).map((rule, index) => compileRule(index, rule._from ?? fromOf(rule), rule.ports))
      : null,
    egress: types.includes('Egress')
      ? (spec?.egress ?? []).map((rule, index) => compileRule(index, rule.to, rule.ports))
      : null,
  };
}

/** "If not specified": Ingress always, Egress if there is an egress rule. The API server writes it out on creation. */
function policyTypes(spec: V1NetworkPolicySpec | undefined): readonly string[] {
  if (spec?.policyTypes?.length) return spec.policyTypes;
  return spec?.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
}

/** The client's class calls it `_from`; JSON from the API server says `from`. */
function fromOf(rule: object): V1NetworkPolicyPeer[] | undefined {
  return (rule as { from?: V1NetworkPolicyPeer[] }).from;
}

/** "If this field is empty or missing": no restriction. */
function compileRule(
  index: number,
  peers: readonly V1NetworkPolicyPeer[] | undefined,
  ports: readonly V1NetworkPolicyPort[] | undefined,
): Rule {
  return {
    index,
    peers: peers?.length ? peers.map(compilePeer) : null,
    ports: ports?.length ? ports.map(compilePort) : null,
  };
}

function compilePeer(peer: V1NetworkPolicyPeer): Peer {
  if (peer.ipBlock) {
    const { cidr, except } = peer.ipBlock;
    return {
      kind: 'ipBlock',
      cidr,
      range: parseRange(cidr),
      except: (except ?? []).map((text) => ({ cidr: text, range: parseRange(text) })),
    };
  }
  const namespaces = optionalSelector(peer.namespaceSelector);
  const pods = optionalSelector(peer.podSelector);
  return namespaces || pods ? { kind: 'pods', namespaces, pods } : { kind: 'nothing' };
}

function optionalSelector(selector: V1LabelSelector | null | undefined): Selector | null {
  return selector ? compileSelector(selector) : null;
}

function compilePort({ protocol, port, endPort }: V1NetworkPolicyPort): Port {
  return {
    protocol: (protocol ?? 'TCP') as FlowProtocol,
    port: port ?? null,
    endPort: endPort ?? null,
  };
}

function ownName(namespace: string): Labels {
  return { 'kubernetes.io/metadata.name': namespace };
}
