import type { V1SELinuxOptions } from '@kubernetes/client-node';
import { containersOf, type Rule } from '../rule.ts';
import { plural, quoted, setters, sorted } from '../words.ts';

const allowedTypes = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);

/**
 * SELinux. "Setting the SELinux type is restricted, and setting a custom SELinux user or role option is forbidden."
 *
 * Fields: securityContext.seLinuxOptions.type of the pod and every container. Allowed: undefined, empty, container_t,
 * container_init_t, container_kvm_t, container_engine_t (v1.31+).
 * Fields: securityContext.seLinuxOptions.user and .role of both. Allowed: undefined, empty.
 */
export const seLinuxOptions: Rule = {
  id: 'seLinuxOptions',
  level: 'baseline',
  check({ spec }) {
    const podOptions = spec.securityContext?.seLinuxOptions;
    const bad = containersOf(spec).filter(({ securityContext }) => !isAllowed(securityContext?.seLinuxOptions));
    const who = setters(
      !isAllowed(podOptions),
      bad.map(({ name }) => name),
    );
    if (who === null) return null;
    const all = [podOptions, ...bad.map(({ securityContext }) => securityContext?.seLinuxOptions)];
    const types = sorted(all.map((options) => options?.type ?? '').filter((type) => !allowedTypes.has(type)));
    const what = [
      ...(types.length > 0 ? [`${plural('type', types.length)} ${quoted(types)}`] : []),
      ...(all.some((options) => options?.user) ? ['user may not be set'] : []),
      ...(all.some((options) => options?.role) ? ['role may not be set'] : []),
    ];
    return {
      reason: 'seLinuxOptions',
      detail: `${who} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`,
    };
  },
};

function isAllowed(options: V1SELinuxOptions | undefined): boolean {
  return !options || (allowedTypes.has(options.type ?? '') && !options.user && !options.role);
}
