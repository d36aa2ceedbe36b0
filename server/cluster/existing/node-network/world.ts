/** TCP or UDP to one port of an address. */
export interface Way {
  address: string;
  port: number;
  protocol: 'TCP' | 'UDP';
}

/** What the nodes' rules follow from. Addresses are IPv4 or IPv6; CIDR is allowed where it says ranges. */
export interface World {
  /** Pods that reach each other, as those of one attempt do: their addresses, by a name of the group. */
  groups: ReadonlyMap<string, readonly string[]>;
  /** Addresses of all other pods that are not on their node's network. */
  otherPods: readonly string[];
  /** Ranges that nodes take pods' addresses from. */
  podRanges: readonly string[];
  nodes: readonly string[];
  /** What groups reach although it is a pod or a node: cluster DNS and the API server. */
  open: readonly Way[];
}
