import type { PodSecurityLevel } from '../../content/check-schema.ts';

/** The labels of a namespace by which Pod Security Admission is told what to do. */
export const labels = {
  enforce: 'pod-security.kubernetes.io/enforce',
  enforceVersion: 'pod-security.kubernetes.io/enforce-version',
  warn: 'pod-security.kubernetes.io/warn',
  audit: 'pod-security.kubernetes.io/audit',
} as const;

const order: readonly string[] = ['privileged', 'baseline', 'restricted'] satisfies PodSecurityLevel[];

/**
 * Whether a namespace's labels enforce a level or a stricter one, by rules that are not older than the server's own: no
 * version, `latest`, or one from `minor` on.
 */
export function enforced(
  own: Record<string, string>,
  level: 'baseline' | 'restricted',
  minor: number,
): 'holds' | 'missing' | 'lower' | 'pinned' {
  const value = own[labels.enforce];
  if (value === undefined) return 'missing';
  if (order.indexOf(value) < order.indexOf(level)) return 'lower';
  const version = own[labels.enforceVersion] ?? 'latest';
  if (version === 'latest') return 'holds';
  const pinned = /^v1\.(\d+)$/.exec(version)?.[1];
  return pinned !== undefined && Number(pinned) >= minor ? 'holds' : 'pinned';
}
