import { containersOf, type Rule } from '../rule.ts';
import { setters } from '../words.ts';

/**
 * HostProcess. "Windows Pods offer the ability to run HostProcess containers which enables privileged access to the
 * Windows host machine. Privileged access to the host is disallowed in the Baseline policy."
 *
 * Fields: securityContext.windowsOptions.hostProcess of the pod and every container. Allowed: undefined, false.
 */
export const windowsHostProcess: Rule = {
  id: 'windowsHostProcess',
  level: 'baseline',
  check({ spec }) {
    const bad = containersOf(spec).filter(({ securityContext }) => securityContext?.windowsOptions?.hostProcess);
    const who = setters(
      spec.securityContext?.windowsOptions?.hostProcess ?? false,
      bad.map(({ name }) => name),
    );
    if (who === null) return null;
    return { reason: 'hostProcess', detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` };
  },
};
