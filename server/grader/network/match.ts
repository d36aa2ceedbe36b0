import { inRange, parseAddress } from './address.ts';
import { namespaceLabels, type NetworkState, type Peer, type Policy, type Port } from './compile.ts';
import type { Flow, FlowEnd } from './flow.ts';
import { selects } from './selector.ts';

/** @param end the other end of the flow: the source for ingress, the destination for egress. */
export function peerMatches(state: NetworkState, policy: Policy, peer: Peer, end: FlowEnd): boolean {
  switch (peer.kind) {
    case 'pods': {
      // Traffic of a pod on the host network carries the node's address: selectors don't know it.
      if (end.kind !== 'pod' || end.pod.hostNetwork) return false;
      const inNamespace = peer.namespaces
        ? selects(peer.namespaces, namespaceLabels(state, end.pod.namespace))
        : end.pod.namespace === policy.namespace;
      return inNamespace && (peer.pods === null || selects(peer.pods, end.pod.labels));
    }
    case 'ipBlock':
      return addressesOf(end).some((ip) => {
        const address = parseAddress(ip);
        return (
          address !== null &&
          peer.range !== null &&
          inRange(address, peer.range) &&
          !peer.except.some(({ range }) => range !== null && inRange(address, range))
        );
      });
    case 'nothing':
      return false;
  }
}

/** A named port is looked up on the destination, whichever direction the rule is for. */
export function portMatches(port: Port, flow: Flow): boolean {
  if (port.protocol !== flow.protocol) return false;
  if (port.port === null) return true;
  if (typeof port.port === 'string') return resolveNamedPort(port.port, flow).includes(flow.port);
  return flow.port >= port.port && flow.port <= (port.endPort ?? port.port);
}

/** The numbers that the destination pod gives this name, for the flow's protocol. */
export function resolveNamedPort(name: string, flow: Flow): number[] {
  if (flow.to.kind !== 'pod') return [];
  return flow.to.pod.namedPorts
    .filter((port) => port.name === name && port.protocol === flow.protocol)
    .map(({ port }) => port);
}

export function addressesOf(end: FlowEnd): readonly string[] {
  switch (end.kind) {
    case 'pod':
      return end.pod.ips;
    case 'node':
      return end.ips;
    case 'address':
      return [end.ip];
  }
}
