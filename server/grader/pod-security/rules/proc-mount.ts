import { containersOf, hasUserNamespace, type PodTemplate, type Rule, type Violation } from '../rule.ts';
import { containersNamed, quoted, sorted } from '../words.ts';

/**
 * /proc Mount Type (baseline). "The default /proc masks are set up to reduce attack surface, and should be required",
 * unless the pod is in a user namespace (v1.35+).
 *
 * Fields: securityContext.procMount of every container. Allowed: undefined, Default.
 */
export const baselineProcMount: Rule = {
  id: 'procMount',
  level: 'baseline',
  check: (pod) => (hasUserNamespace(pod.spec) ? null : unmasked(pod)),
};

/** /proc Mount Type (restricted): as in baseline, but without the exception for user namespaces. */
export const restrictedProcMount: Rule = {
  id: 'procMount_restricted',
  level: 'restricted',
  overrides: ['procMount'],
  check: unmasked,
};

function unmasked({ spec }: PodTemplate): Violation | null {
  const bad = containersOf(spec).flatMap(({ name, securityContext }) => {
    const type = securityContext?.procMount;
    return type === undefined || type === 'Default' ? [] : [{ name, type }];
  });
  if (bad.length === 0) return null;
  const names = containersNamed(bad.map(({ name }) => name));
  const types = quoted(sorted(bad.map(({ type }) => type)));
  return { reason: 'procMount', detail: `${names} must not set securityContext.procMount to ${types}` };
}
