import type { V1PodSpec } from '@kubernetes/client-node';
import type { PodSecurityLevel } from '../../content/check-schema.ts';
import type { Rule, Violation } from './rule.ts';
import { appArmorProfile } from './rules/app-armor.ts';
import { baselineCapabilities, restrictedCapabilities } from './rules/capabilities.ts';
import { hostNamespaces } from './rules/host-namespaces.ts';
import { hostPorts } from './rules/host-ports.ts';
import { hostProbes } from './rules/host-probes.ts';
import { runAsNonRoot, runAsUser } from './rules/non-root.ts';
import { allowPrivilegeEscalation } from './rules/privilege-escalation.ts';
import { privileged } from './rules/privileged.ts';
import { baselineProcMount, restrictedProcMount } from './rules/proc-mount.ts';
import { baselineSeccomp, restrictedSeccomp } from './rules/seccomp.ts';
import { seLinuxOptions } from './rules/selinux.ts';
import { sysctls } from './rules/sysctls.ts';
import { hostPathVolumes, restrictedVolumes } from './rules/volumes.ts';
import { windowsHostProcess } from './rules/windows-host-process.ts';

/**
 * The Pod Security Standards of Kubernetes 1.37 (https://kubernetes.io/docs/concepts/security/pod-security-standards/),
 * in the order in which the API server's admission reports them.
 */
export const rules: readonly Rule[] = [
  appArmorProfile,
  baselineCapabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  privileged,
  baselineProcMount,
  seLinuxOptions,
  baselineSeccomp,
  sysctls,
  windowsHostProcess,
  allowPrivilegeEscalation,
  restrictedCapabilities,
  restrictedProcMount,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  restrictedSeccomp,
];

const overridden = new Set(rules.flatMap(({ overrides = [] }) => overrides));

/** A pod, or a template of one; of the metadata, only annotations count. */
export interface Template {
  metadata?: { annotations?: Record<string, string> };
  spec?: V1PodSpec;
}

/** What keeps a pod from a level, in the API server's words and order; nothing if it complies. */
export function violations(level: PodSecurityLevel, template: Template): Violation[] {
  if (level === 'privileged') return [];
  const pod = { spec: template.spec ?? { containers: [] }, annotations: template.metadata?.annotations ?? {} };
  return rules
    .filter((rule) => (level === 'baseline' ? rule.level === 'baseline' : !overridden.has(rule.id)))
    .flatMap((rule) => rule.check(pod) ?? []);
}

/** The strictest level that a pod complies with. */
export function levelOf(spec: V1PodSpec, annotations: Record<string, string> = {}): PodSecurityLevel {
  const template = { spec, metadata: { annotations } };
  if (violations('restricted', template).length === 0) return 'restricted';
  return violations('baseline', template).length === 0 ? 'baseline' : 'privileged';
}

/** `runAsNonRoot != true (…), seccompProfile (…)`: as the API server lists violations in a refusal. */
export function describeViolations(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ');
}
