import type { V1PodSpec } from '@kubernetes/client-node';

/** Where every pod finds the cluster's DNS. */
export const clusterDnsAddress = '10.96.0.10';
export const clusterDomain = 'cluster.local';

/** The name server of the node itself, outside the cluster (an address for documentation, RFC 5737). */
const nodeDnsAddress = '192.0.2.53';

/** What a pod's /etc/resolv.conf says. */
export interface DnsConfig {
  servers: string[];
  searches: string[];
  ndots: number;
}

/** A pod's name servers by its dnsPolicy and dnsConfig, as a kubelet decides them. */
export function dnsConfigOf(spec: V1PodSpec | undefined, namespace: string): DnsConfig {
  const { dnsPolicy = 'ClusterFirst', hostNetwork = false, dnsConfig } = spec ?? {};
  const own = {
    servers: dnsConfig?.nameservers ?? [],
    searches: dnsConfig?.searches ?? [],
    ndots: dnsConfig?.options?.find(({ name }) => name === 'ndots')?.value,
  };
  const base = baseOf(dnsPolicy, hostNetwork, namespace);
  return {
    servers: [...new Set([...base.servers, ...own.servers])].slice(0, 3),
    searches: [...new Set([...base.searches, ...own.searches])],
    ndots: own.ndots === undefined ? base.ndots : Number(own.ndots),
  };
}

function baseOf(policy: string, hostNetwork: boolean, namespace: string): DnsConfig {
  if (policy === 'None') return { servers: [], searches: [], ndots: 1 };
  if (policy === 'Default' || (policy === 'ClusterFirst' && hostNetwork))
    return { servers: [nodeDnsAddress], searches: [], ndots: 1 };
  const searches = [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return { servers: [clusterDnsAddress], searches, ndots: 5 };
}

/** The text of /etc/resolv.conf. */
export function resolvConf({ servers, searches, ndots }: DnsConfig): string {
  const search = searches.length > 0 ? `search ${searches.join(' ')}\n` : '';
  return `${search}${servers.map((server) => `nameserver ${server}\n`).join('')}options ndots:${ndots}\n`;
}
