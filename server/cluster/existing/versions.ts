/** A version of Kubernetes, as API servers and kubectl tell it: `v1.33.4`, `v1.33.4-gke.1350000`, `v1.33.4+k3s1`. */
export interface Version {
  major: number;
  minor: number;
  /** The upstream release that it is made from: `v1.33.4`. */
  release: string;
}

/** @returns null for what is no version. */
export function parseVersion(gitVersion: string): Version | null {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(gitVersion);
  if (!match) return null;
  const [, major = '', minor = '', patch = ''] = match;
  return { major: Number(major), minor: Number(minor), release: `v${major}.${minor}.${patch}` };
}

/**
 * What contains learners is ValidatingAdmissionPolicies of v1, and discovery is read in its aggregated form: both are
 * there since Kubernetes 1.30. There is no newest version: all that is used is v1, which Kubernetes doesn't take away.
 */
export const oldestMinor = 30;

export function isTooOld({ major, minor }: Version): boolean {
  return major === 1 && minor < oldestMinor;
}

/** kubectl works with API servers of one minor version below it to one above (Kubernetes' version skew policy). */
export function kubectlFits(kubectl: Version, server: Version): boolean {
  return kubectl.major === server.major && Math.abs(kubectl.minor - server.minor) <= 1;
}
