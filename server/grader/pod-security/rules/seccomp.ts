import { containersOf, isWindows, type PodTemplate, type Rule, type Violation } from '../rule.ts';
import { containersNamed, quoted, setters, sorted } from '../words.ts';

/**
 * Seccomp (baseline). "Seccomp profile must not be explicitly set to Unconfined."
 *
 * Fields: securityContext.seccompProfile.type of the pod and every container. Allowed: undefined, RuntimeDefault,
 * Localhost.
 */
export const baselineSeccomp: Rule = {
  id: 'seccompProfile_baseline',
  level: 'baseline',
  check: explicitlyWrong,
};

/**
 * Seccomp (restricted). "Seccomp profile must be explicitly set to one of the allowed values. Both the Unconfined
 * profile and the absence of a profile are prohibited. This is a Linux only policy in v1.25+."
 *
 * Fields: as in baseline. Allowed: RuntimeDefault, Localhost; undefined in a container if the pod sets one, undefined
 * in the pod if every container does.
 */
export const restrictedSeccomp: Rule = {
  id: 'seccompProfile_restricted',
  level: 'restricted',
  overrides: ['seccompProfile_baseline'],
  check(pod) {
    if (isWindows(pod.spec)) return null;
    const wrong = explicitlyWrong(pod);
    if (wrong || isAllowed(pod.spec.securityContext?.seccompProfile?.type)) return wrong;
    const bare = containersOf(pod.spec).filter(({ securityContext }) => !securityContext?.seccompProfile);
    if (bare.length === 0) return null;
    return {
      reason: 'seccompProfile',
      detail: `pod or ${containersNamed(bare.map(({ name }) => name))} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
    };
  },
};

function explicitlyWrong({ spec }: PodTemplate): Violation | null {
  const podProfile = spec.securityContext?.seccompProfile;
  const podIsWrong = podProfile !== undefined && !isAllowed(podProfile.type);
  const bad = containersOf(spec).flatMap(({ name, securityContext }) => {
    const profile = securityContext?.seccompProfile;
    return profile === undefined || isAllowed(profile.type) ? [] : [{ name, type: profile.type }];
  });
  const who = setters(
    podIsWrong,
    bad.map(({ name }) => name),
  );
  if (who === null) return null;
  const types = sorted([...(podIsWrong ? [podProfile.type] : []), ...bad.map(({ type }) => type)]);
  return {
    reason: 'seccompProfile',
    detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(types)}`,
  };
}

function isAllowed(type: string | undefined): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost';
}
