import type { V1Pod, V1PodSpec } from '@kubernetes/client-node';
import type { FlowProtocol, NetworkPod } from './flow.ts';

/** @param pod as the API server has it; without addresses while it has not started. */
export function networkPod(pod: V1Pod): NetworkPod {
  const ips = (pod.status?.podIPs ?? []).map(({ ip }) => ip);
  return {
    namespace: pod.metadata?.namespace ?? '',
    name: pod.metadata?.name ?? '',
    labels: pod.metadata?.labels ?? {},
    ips: ips.length > 0 || !pod.status?.podIP ? ips : [pod.status.podIP],
    hostNetwork: pod.spec?.hostNetwork ?? false,
    nodeName: pod.spec?.nodeName ?? '',
    namedPorts: pod.spec ? namedPorts(pod.spec) : [],
  };
}

/** Init containers count: those that restart (sidecars) serve beside the others. */
export function namedPorts(spec: V1PodSpec): NetworkPod['namedPorts'] {
  return [...spec.containers, ...(spec.initContainers ?? [])].flatMap((container) =>
    (container.ports ?? []).flatMap(({ name, containerPort, protocol }) =>
      name ? [{ name, port: containerPort, protocol: (protocol ?? 'TCP') as FlowProtocol }] : [],
    ),
  );
}
