import { containersOf, type AnyContainer, type Rule } from '../rule.ts';
import { containersNamed, plural, sorted } from '../words.ts';

/**
 * Host Ports. "HostPorts should be disallowed entirely (recommended) or restricted to a known list"; the built-in
 * admission disallows them.
 *
 * Fields: ports[*].hostPort of every container. Allowed: undefined, 0.
 */
export const hostPorts: Rule = {
  id: 'hostPorts',
  level: 'baseline',
  check({ spec }) {
    const used = ({ ports }: AnyContainer) => (ports ?? []).flatMap(({ hostPort }) => (hostPort ? [hostPort] : []));
    const bad = containersOf(spec).filter((container) => used(container).length > 0);
    if (bad.length === 0) return null;
    const ports = sorted(bad.flatMap(used).map(String));
    const use = bad.length === 1 ? 'uses' : 'use';
    return {
      reason: 'hostPort',
      detail: `${containersNamed(bad.map(({ name }) => name))} ${use} ${plural('hostPort', ports.length)} ${ports.join(', ')}`,
    };
  },
};
