import { isIP } from 'node:net';
import type { FlowEnd } from '../../../../../grader/network/flow.ts';
import { networkPod } from '../../../../../grader/network/pod.ts';
import type { PodSandbox } from '../../container.ts';
import { clusterDnsAddress, clusterDomain } from '../../dns-config.ts';
import type { NodeMirror } from '../../node-mirror.ts';
import { readyEndpoints } from './endpoints.ts';
import { publicAddress } from './outside.ts';

export type DnsAnswer =
  | { result: 'found'; name: string; addresses: string[] }
  /** NXDOMAIN: the name server knows no such name. */
  | { result: 'unknown' }
  /** The question or its answer was lost. */
  | { result: 'lost' };

/** Cluster DNS (the Kubernetes DNS specification), asked over the simulated network. */
export class ClusterDns {
  readonly #mirror: NodeMirror;
  readonly #passes: (from: PodSandbox, to: FlowEnd, port: number, protocol: 'UDP') => boolean;

  /** @param passes whether NetworkPolicy lets a packet through. */
  constructor(mirror: NodeMirror, passes: (from: PodSandbox, to: FlowEnd, port: number, protocol: 'UDP') => boolean) {
    this.#mirror = mirror;
    this.#passes = passes;
  }

  /** Looks a name up as a pod's resolver does: /etc/hosts, then its search domains by `ndots` (resolv.conf(5)). */
  lookup(from: PodSandbox, host: string): DnsAnswer {
    if (isIP(host)) return { result: 'found', name: host, addresses: [host] };
    if (host === 'localhost') return { result: 'found', name: host, addresses: ['127.0.0.1'] };
    if (host === from.hostname) return { result: 'found', name: host, addresses: [from.ip] };
    const inCluster = from.dns.servers.includes(clusterDnsAddress);
    if (!this.#reaches(from, inCluster)) return { result: 'lost' };
    for (const name of candidates(host, from.dns)) {
      const addresses = this.#addressesOf(name, inCluster);
      if (addresses) return { result: 'found', name, addresses };
    }
    return { result: 'unknown' };
  }

  /** A question is one UDP packet; resolvers use TCP only for answers that don't fit. */
  #reaches(from: PodSandbox, inCluster: boolean): boolean {
    if (!inCluster) {
      const [server = ''] = from.dns.servers;
      return server !== '' && this.#passes(from, { kind: 'address', ip: server }, 53, 'UDP');
    }
    const pods = this.#mirror
      .list('Pod', 'kube-system')
      .filter(({ metadata, status }) => metadata?.labels?.['k8s-app'] === 'kube-dns' && status?.phase === 'Running');
    return pods.some((pod) => this.#passes(from, { kind: 'pod', pod: networkPod(pod) }, 53, 'UDP'));
  }

  /** @param name without a dot at its end. @returns undefined when there is no such name. */
  #addressesOf(name: string, inCluster: boolean): string[] | undefined {
    if (!name.endsWith(`.${clusterDomain}`)) return isPublic(name) ? [publicAddress] : undefined;
    if (!inCluster) return undefined;
    const labels = name.slice(0, -clusterDomain.length - 1).split('.');
    const kind = labels.pop();
    const namespace = labels.pop() ?? '';
    if (kind === 'pod') return podAddress(labels);
    const serviceName = labels.pop();
    if (kind !== 'svc' || serviceName === undefined) return undefined;
    const service = this.#mirror.get('Service', serviceName, namespace);
    if (!service) return undefined;
    const { clusterIP, type, externalName = '' } = service.spec ?? {};
    if (type === 'ExternalName') return labels.length === 0 && isPublic(externalName) ? [publicAddress] : undefined;
    if (clusterIP !== 'None') return labels.length === 0 && clusterIP ? [clusterIP] : undefined;
    const ready = readyEndpoints(this.#mirror, namespace, serviceName).filter(
      ({ hostname }) => labels.length === 0 || hostname === labels.join('.'),
    );
    const addresses = [...new Set(ready.map(({ ip }) => ip))];
    return addresses.length > 0 ? addresses : undefined;
  }
}

/** The names that a resolver tries, in its order. */
export function candidates(host: string, { searches, ndots }: PodSandbox['dns']): string[] {
  const name = host.toLowerCase();
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const searched = searches.map((domain) => `${name}.${domain}`);
  return name.split('.').length - 1 >= ndots ? [name, ...searched] : [...searched, name];
}

/** `10-244-0-7.shop.pod.cluster.local` is 10.244.0.7. */
function podAddress(labels: string[]): string[] | undefined {
  const address = labels.join('.').replaceAll('-', '.');
  return isIP(address) ? [address] : undefined;
}

function isPublic(name: string): boolean {
  return /\.[a-z]{2,}$/.test(name) && !/\.(local|internal|invalid|svc)$/.test(name);
}
