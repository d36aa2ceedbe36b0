import type { V1NetworkPolicy } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { compilePolicies, type NetworkState } from '../../../server/grader/network/compile.ts';
import type { Flow, FlowEnd, FlowProtocol, NetworkPod } from '../../../server/grader/network/flow.ts';

/** Policies from the YAML of their specs: `name: {spec…}`, all in one namespace. */
export function policies(yaml: string, namespace = 'default'): V1NetworkPolicy[] {
  return parseAllDocuments(yaml).flatMap((document) =>
    Object.entries(document.toJS() as Record<string, V1NetworkPolicy['spec']>).map(([name, spec]) => ({
      metadata: { name, namespace },
      ...(spec ? { spec } : {}),
    })),
  );
}

export function stateOf(
  list: V1NetworkPolicy[],
  namespaces: Record<string, Record<string, string>> = { default: {}, other: {} },
): NetworkState {
  return compilePolicies(
    list,
    Object.entries(namespaces).map(([name, labels]) => ({ metadata: { name, labels } })),
  );
}

export function pod(
  where: string,
  labels: Record<string, string> = {},
  more: Partial<NetworkPod> = {},
): FlowEnd & { kind: 'pod' } {
  const [namespace = '', name = ''] = where.split('/');
  return {
    kind: 'pod',
    pod: {
      namespace,
      name,
      labels,
      ips: ['10.244.0.10'],
      hostNetwork: false,
      nodeName: 'node-a',
      namedPorts: [],
      ...more,
    },
  };
}

export function address(ip: string): FlowEnd {
  return { kind: 'address', ip };
}

export function flow(from: FlowEnd, to: FlowEnd, port = 80, protocol: FlowProtocol = 'TCP'): Flow {
  return { from, to, port, protocol };
}
