import { containersOf, isWindows, type AnyContainer, type Rule } from '../rule.ts';
import { containersNamed, quoted, sorted } from '../words.ts';

/** "Adding additional capabilities beyond those listed below must be disallowed." */
const baselineMayAdd = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const restrictedMayAdd = new Set(['NET_BIND_SERVICE']);

/**
 * Capabilities (baseline).
 *
 * Fields: securityContext.capabilities.add of every container. Allowed: undefined, empty, the list above.
 */
export const baselineCapabilities: Rule = {
  id: 'capabilities_baseline',
  level: 'baseline',
  check({ spec }) {
    const detail = forbiddenAdditions(containersOf(spec), baselineMayAdd);
    return detail === null ? null : { reason: 'non-default capabilities', detail };
  },
};

/**
 * Capabilities (restricted). "Containers must drop ALL capabilities, and are only permitted to add back the
 * NET_BIND_SERVICE capability. This is a Linux only policy in v1.25+."
 *
 * Fields: securityContext.capabilities.drop of every container. Allowed: any list that includes ALL.
 * Fields: securityContext.capabilities.add of every container. Allowed: undefined, empty, NET_BIND_SERVICE.
 */
export const restrictedCapabilities: Rule = {
  id: 'capabilities_restricted',
  level: 'restricted',
  overrides: ['capabilities_baseline'],
  check({ spec }) {
    if (isWindows(spec)) return null;
    const containers = containersOf(spec);
    const keeping = containers.filter(
      ({ securityContext }) => !(securityContext?.capabilities?.drop ?? []).includes('ALL'),
    );
    const added = forbiddenAdditions(containers, restrictedMayAdd);
    const details = [
      ...(keeping.length > 0
        ? [`${containersNamed(keeping.map(({ name }) => name))} must set securityContext.capabilities.drop=["ALL"]`]
        : []),
      ...(added === null ? [] : [added]),
    ];
    return details.length === 0 ? null : { reason: 'unrestricted capabilities', detail: details.join('; ') };
  },
};

function forbiddenAdditions(containers: readonly AnyContainer[], mayAdd: ReadonlySet<string>): string | null {
  const beyond = ({ securityContext }: AnyContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((capability) => !mayAdd.has(capability));
  const bad = containers.filter((container) => beyond(container).length > 0);
  if (bad.length === 0) return null;
  const capabilities = quoted(sorted(bad.flatMap(beyond)));
  return `${containersNamed(bad.map(({ name }) => name))} must not include ${capabilities} in securityContext.capabilities.add`;
}
