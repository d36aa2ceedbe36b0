import type { Rule } from '../rule.ts';

/**
 * Host Namespaces. "Sharing the host namespaces must be disallowed."
 *
 * Fields: spec.hostNetwork, spec.hostPID, spec.hostIPC. Allowed: undefined, false.
 */
export const hostNamespaces: Rule = {
  id: 'hostNamespaces',
  level: 'baseline',
  check({ spec }) {
    const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field]);
    if (shared.length === 0) return null;
    return { reason: 'host namespaces', detail: shared.map((field) => `${field}=true`).join(', ') };
  },
};
