import type { V1Container, V1PodSpec } from '@kubernetes/client-node';

/** What the Pod Security Standards look at: a pod, or the template of one. Annotations are empty where there are none. */
export interface PodTemplate {
  spec: V1PodSpec;
  annotations: Record<string, string>;
}

/** Why a pod is not allowed, in the words of the API server's own admission: `reason (detail)`. */
export interface Violation {
  reason: string;
  detail: string;
}

/** One control of the Pod Security Standards. */
export interface Rule {
  /** As k8s.io/pod-security-admission calls it; rules are reported in the order of their ids. */
  id: string;
  level: 'baseline' | 'restricted';
  /** Ids of baseline rules that this restricted one takes the place of. */
  overrides?: readonly string[];
  /** Judged by the standard of Kubernetes 1.37. */
  check: (pod: PodTemplate) => Violation | null;
}

/** What init, ordinary and ephemeral containers have in common. */
export type AnyContainer = Pick<V1Container, 'name' | 'image' | 'securityContext' | 'ports' | 'lifecycle'> &
  Pick<V1Container, 'volumeMounts'> &
  Pick<V1Container, 'livenessProbe' | 'readinessProbe' | 'startupProbe'>;

/** Every container of a pod. No rule looks for containers in another way, so that none is forgotten. */
export function containersOf(spec: V1PodSpec): AnyContainer[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

/** Windows pods are exempt from rules that mean nothing there (from 1.25 on). */
export function isWindows(spec: V1PodSpec): boolean {
  return spec.os?.name === 'windows';
}

/** A pod in a user namespace: root inside is nobody outside, so rules on users are relaxed (from 1.35 on). */
export function hasUserNamespace(spec: V1PodSpec): boolean {
  return spec.hostUsers === false;
}
