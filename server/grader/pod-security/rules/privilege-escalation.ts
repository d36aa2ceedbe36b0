import { containersOf, isWindows, type Rule } from '../rule.ts';
import { containersNamed } from '../words.ts';

/**
 * Privilege Escalation (v1.8+). "Privilege escalation (such as via set-user-ID or set-group-ID file mode) should not be
 * allowed. This is Linux only policy in v1.25+."
 *
 * Fields: securityContext.allowPrivilegeEscalation of every container. Allowed: false.
 */
export const allowPrivilegeEscalation: Rule = {
  id: 'allowPrivilegeEscalation',
  level: 'restricted',
  check({ spec }) {
    if (isWindows(spec)) return null;
    const bad = containersOf(spec).filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
    if (bad.length === 0) return null;
    const names = bad.map(({ name }) => name);
    return {
      reason: 'allowPrivilegeEscalation != false',
      detail: `${containersNamed(names)} must set securityContext.allowPrivilegeEscalation=false`,
    };
  },
};
