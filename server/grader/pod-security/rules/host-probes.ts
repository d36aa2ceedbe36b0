import { containersOf, type AnyContainer, type Rule } from '../rule.ts';
import { containersNamed, plural, quoted, sorted } from '../words.ts';

/**
 * Host Probes / Lifecycle Hooks (v1.34+). "The Host field in probes and lifecycle hooks must be disallowed."
 *
 * Fields: httpGet.host and tcpSocket.host of livenessProbe, readinessProbe, startupProbe, lifecycle.postStart and
 * lifecycle.preStop of every container. Allowed: undefined, "".
 */
export const hostProbes: Rule = {
  id: 'hostProbesAndHostLifecycle',
  level: 'baseline',
  check({ spec }) {
    const bad = containersOf(spec).filter((container) => hostsOf(container).length > 0);
    if (bad.length === 0) return null;
    const names = sorted(bad.map(({ name }) => name));
    const hosts = sorted(bad.flatMap(hostsOf));
    const use = names.length === 1 ? 'uses' : 'use';
    return {
      reason: 'probe or lifecycle host',
      detail: `${containersNamed(names)} ${use} ${plural('probe or lifecycle host', hosts.length)} ${quoted(hosts)}`,
    };
  },
};

function hostsOf({ livenessProbe, readinessProbe, startupProbe, lifecycle }: AnyContainer): string[] {
  return [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop]
    .flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host])
    .flatMap((host) => (host ? [host] : []));
}
