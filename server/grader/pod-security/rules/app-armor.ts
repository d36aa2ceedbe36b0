import { containersOf, type Rule } from '../rule.ts';
import { plural, quoted, setters, sorted } from '../words.ts';

const annotationPrefix = 'container.apparmor.security.beta.kubernetes.io/';

/**
 * AppArmor. "On supported hosts, the RuntimeDefault AppArmor profile is applied by default. The baseline policy should
 * prevent overriding or disabling the default AppArmor profile, or restrict overrides to an allowed set of profiles."
 *
 * Fields: securityContext.appArmorProfile.type of the pod and every container. Allowed: undefined, RuntimeDefault,
 * Localhost.
 * Fields: metadata.annotations["container.apparmor.security.beta.kubernetes.io/*"]. Allowed: undefined, empty,
 * runtime/default, localhost/*.
 */
export const appArmorProfile: Rule = {
  id: 'appArmorProfile',
  level: 'baseline',
  check({ spec, annotations }) {
    const podType = spec.securityContext?.appArmorProfile?.type;
    const bad = containersOf(spec).filter(({ securityContext }) => !isAllowed(securityContext?.appArmorProfile?.type));
    const types = sorted([
      ...(isAllowed(podType) ? [] : [podType ?? '']),
      ...bad.map(({ securityContext }) => securityContext?.appArmorProfile?.type ?? ''),
    ]);
    const pairs = Object.entries(annotations)
      .filter(([key, value]) => key.startsWith(annotationPrefix) && !isAllowedAnnotation(value))
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    const values = [...types, ...sorted(pairs)];
    if (values.length === 0) return null;
    const inFields = setters(
      !isAllowed(podType),
      bad.map(({ name }) => name),
    );
    const who = [inFields, pairs.length > 0 ? plural('annotation', pairs.length) : null].filter(
      (each) => each !== null,
    );
    return {
      reason: plural('forbidden AppArmor profile', values.length),
      detail: `${who.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
    };
  },
};

function isAllowed(type: string | undefined): boolean {
  return type === undefined || type === 'RuntimeDefault' || type === 'Localhost';
}

function isAllowedAnnotation(value: string): boolean {
  return value === '' || value === 'runtime/default' || value.startsWith('localhost/');
}
