import type { V1Pod, V1Service } from '@kubernetes/client-node';
import { networkPod } from '../../../grader/network/pod.ts';
import { dnsNames, dnsPort } from '../../lab-network/dns.ts';
import { groupOf } from '../../lab-network/group.ts';
import type { Mirror } from '../../mirror.ts';
import type { Way, World } from './world.ts';

/** Where a node's DNS cache listens unless told otherwise (kubernetes.io, NodeLocal DNSCache), beside the Service's address. */
const cacheAddress = '169.254.20.10';

/** @param mirror of what is asked of it: Namespace, Pod, Service, EndpointSlice. @param nodes of Node. */
export function readWorld(mirror: Pick<Mirror, 'get' | 'list'>, nodes: Pick<Mirror, 'list'>): World {
  const namespaceOf = (name: string) => mirror.get('Namespace', name);
  const groups = new Map<string, string[]>();
  const otherPods: string[] = [];
  for (const pod of mirror.list('Pod').filter(hasNetwork)) {
    const { namespace, labels, ips } = networkPod(pod);
    const group = groupOf({ namespace, labels }, namespaceOf);
    const members = group === undefined ? otherPods : (groups.get(group) ?? []);
    members.push(...ips);
    if (group !== undefined) groups.set(group, members);
  }
  return {
    groups,
    otherPods,
    podRanges: nodes.list('Node').flatMap(({ spec }) => spec?.podCIDRs ?? spec?.podCIDR ?? []),
    nodes: nodes
      .list('Node')
      .flatMap(({ status }) => status?.addresses ?? [])
      .filter(({ type }) => type.endsWith('IP'))
      .map(({ address }) => address),
    open: [...dnsWays(mirror), ...endpointWays(mirror, 'default', 'kubernetes', () => true)],
  };
}

/** A pod that has ended may have an address that is another's by now; one on its node's network has the node's. */
function hasNetwork({ spec, status }: V1Pod): boolean {
  return !spec?.hostNetwork && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

function dnsWays(mirror: Pick<Mirror, 'list'>): Way[] {
  const services = mirror
    .list('Service', 'kube-system')
    .filter(({ metadata }) => dnsNames.includes(metadata?.labels?.['k8s-app'] ?? ''));
  const cached = mirror
    .list('Pod', 'kube-system')
    .some(({ metadata }) => metadata?.labels?.['k8s-app'] === 'node-local-dns');
  // A cache takes the Service's own address to the node, where it is translated otherwise.
  const caches = cached ? [cacheAddress, ...services.flatMap(({ spec }) => clusterAddresses(spec))] : [];
  return [
    ...caches.flatMap((address) =>
      (['UDP', 'TCP'] as const).map((protocol): Way => ({ address, protocol, port: dnsPort })),
    ),
    ...services.flatMap(({ metadata, spec }) => {
      const names = (spec?.ports ?? []).filter(({ port }) => port === dnsPort).map(({ name }) => name ?? '');
      return endpointWays(mirror, 'kube-system', metadata?.name ?? '', (name) => names.includes(name));
    }),
  ];
}

function clusterAddresses(spec: V1Service['spec']): string[] {
  return (spec?.clusterIPs ?? []).filter((address) => address !== 'None');
}

/** Where a Service's packets go, ready or not. */
function endpointWays(
  mirror: Pick<Mirror, 'list'>,
  namespace: string,
  service: string,
  isWanted: (portName: string) => boolean,
): Way[] {
  return mirror
    .list('EndpointSlice', namespace)
    .filter(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] === service)
    .flatMap(({ endpoints, ports }) =>
      (ports ?? [])
        .filter(({ name, port }) => isWanted(name ?? '') && port !== undefined)
        .flatMap(({ port = 0, protocol }) =>
          (endpoints ?? []).flatMap(({ addresses }) =>
            addresses.map((address): Way => ({ address, port, protocol: protocol === 'UDP' ? 'UDP' : 'TCP' })),
          ),
        ),
    );
}
