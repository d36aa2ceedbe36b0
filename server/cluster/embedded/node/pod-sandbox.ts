import type { V1Pod } from '@kubernetes/client-node';
import type { PodSandbox } from './container.ts';
import { dnsConfigOf } from './dns-config.ts';

/** A pod as its containers and the network see it. @param ip its own, which a pod on the host's network doesn't use */
export function sandboxOf(
  { metadata, spec }: V1Pod,
  ip: string,
  { nodeName, nodeIP }: { nodeName: string; nodeIP: string },
): PodSandbox {
  const { name = '', namespace = '', uid = '' } = metadata ?? {};
  const hostNetwork = spec?.hostNetwork ?? false;
  return {
    namespace,
    name,
    uid,
    ip: hostNetwork ? nodeIP : ip,
    hostname: spec?.hostname ?? (hostNetwork ? nodeName : name),
    hostNetwork,
    hostPID: spec?.hostPID ?? false,
    ownPids: !(spec?.hostPID ?? spec?.shareProcessNamespace ?? false),
    nodeName,
    dns: dnsConfigOf(spec, namespace),
  };
}
