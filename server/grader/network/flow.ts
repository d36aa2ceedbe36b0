/** ICMP is no protocol of the NetworkPolicy API: only rules that name no ports let it through. Its port is 0. */
export type FlowProtocol = 'TCP' | 'UDP' | 'SCTP' | 'ICMP';

/** What NetworkPolicy knows of a pod. Treated as immutable: make another one when the pod changes. */
export interface NetworkPod {
  namespace: string;
  name: string;
  labels: Readonly<Record<string, string>>;
  /** All its addresses, IPv4 and IPv6; the node's for a pod on the host network. */
  ips: readonly string[];
  hostNetwork: boolean;
  /** Empty while it is not scheduled. */
  nodeName: string;
  /** Container ports that have a name: what a policy's named port is resolved with. */
  namedPorts: readonly { name: string; port: number; protocol: FlowProtocol }[];
}

/** Where a flow starts or ends. An address is one outside the cluster. */
export type FlowEnd =
  | { kind: 'pod'; pod: NetworkPod }
  | { kind: 'node'; name: string; ips: readonly string[] }
  | { kind: 'address'; ip: string };

/**
 * One connection, after Services have been resolved to the pod behind them (as kube-proxy does before policies apply).
 * Replies on an allowed connection are always allowed.
 */
export interface Flow {
  from: FlowEnd;
  to: FlowEnd;
  port: number;
  protocol: FlowProtocol;
}
