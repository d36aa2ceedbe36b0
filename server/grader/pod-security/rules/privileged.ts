import { containersOf, type Rule } from '../rule.ts';
import { containersNamed } from '../words.ts';

/**
 * Privileged Containers. "Privileged Pods disable most security mechanisms and must be disallowed."
 *
 * Fields: securityContext.privileged of every container. Allowed: undefined, false.
 */
export const privileged: Rule = {
  id: 'privileged',
  level: 'baseline',
  check({ spec }) {
    const bad = containersOf(spec).filter(({ securityContext }) => securityContext?.privileged);
    if (bad.length === 0) return null;
    const names = bad.map(({ name }) => name);
    return { reason: 'privileged', detail: `${containersNamed(names)} must not set securityContext.privileged=true` };
  },
};
