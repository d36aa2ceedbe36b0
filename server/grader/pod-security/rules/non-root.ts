import { containersOf, hasUserNamespace, type Rule } from '../rule.ts';
import { containersNamed, setters } from '../words.ts';

/**
 * Running as Non-root. "Containers must be required to run as non-root users", unless the pod is in a user namespace
 * (v1.35+).
 *
 * Fields: securityContext.runAsNonRoot of the pod and every container. Allowed: true; undefined in a container if the
 * pod says true, undefined in the pod if every container does.
 */
export const runAsNonRoot: Rule = {
  id: 'runAsNonRoot',
  level: 'restricted',
  check({ spec }) {
    if (hasUserNamespace(spec)) return null;
    const pod = spec.securityContext?.runAsNonRoot;
    const containers = containersOf(spec);
    const refusing = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === false);
    const who = setters(
      pod === false,
      refusing.map(({ name }) => name),
    );
    if (who !== null) {
      return { reason: 'runAsNonRoot != true', detail: `${who} must not set securityContext.runAsNonRoot=false` };
    }
    if (pod) return null;
    const silent = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
    if (silent.length === 0) return null;
    return {
      reason: 'runAsNonRoot != true',
      detail: `pod or ${containersNamed(silent.map(({ name }) => name))} must set securityContext.runAsNonRoot=true`,
    };
  },
};

/**
 * Running as Non-root user (v1.23+). "Containers must not set runAsUser to 0", unless the pod is in a user namespace
 * (v1.35+).
 *
 * Fields: securityContext.runAsUser of the pod and every container. Allowed: undefined, anything but 0.
 */
export const runAsUser: Rule = {
  id: 'runAsUser',
  level: 'restricted',
  check({ spec }) {
    if (hasUserNamespace(spec)) return null;
    const bad = containersOf(spec).filter(({ securityContext }) => securityContext?.runAsUser === 0);
    const who = setters(
      spec.securityContext?.runAsUser === 0,
      bad.map(({ name }) => name),
    );
    return who === null ? null : { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` };
  },
};
