import type { V1ContainerStatus, V1EphemeralContainer, V1Pod, V1SecurityContext } from '@kubernetes/client-node';

/** The name of the platform's container in a pod; `haechi-probe-2` where an earlier one has ended. */
export const probeName = 'haechi-probe';

/** Within the `restricted` level. */
export const restrictedSecurity: V1SecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsGroup: 65534,
  runAsNonRoot: true,
  runAsUser: 65534,
  seccompProfile: { type: 'RuntimeDefault' },
};

/**
 * An ephemeral container from which requests are made in a pod's network: it waits, and programs are run in it. It stays
 * within the `restricted` level (Pod Security Standards), so that no namespace's level refuses it and no check finds
 * fault with a pod for it.
 */
export function probeContainer(name: string, image: string): V1EphemeralContainer {
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    // A shell that heeds the kubelet's signal, so that it never holds up the end of its pod.
    command: ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 3600 & wait $!; done'],
    securityContext: restrictedSecurity,
  };
}

/** What the newest of a pod's probe containers is about, if there is one. */
export function newestProbe({ status, spec }: V1Pod): { name: string; state: V1ContainerStatus['state'] } | undefined {
  const own = (spec?.ephemeralContainers ?? []).filter(({ name }) => isProbe(name)).at(-1);
  if (!own) return undefined;
  const state = status?.ephemeralContainerStatuses?.find(({ name }) => name === own.name)?.state;
  return { name: own.name, state };
}

/** The name for a pod's next probe container: ephemeral containers can't be taken out again, or started again. */
export function nextProbeName({ spec }: V1Pod): string {
  const taken = (spec?.ephemeralContainers ?? []).filter(({ name }) => isProbe(name)).length;
  return taken === 0 ? probeName : `${probeName}-${taken + 1}`;
}

/** Whether a container of this name is the platform's: nobody else may have one. */
export function isProbe(name: string): boolean {
  return name === probeName || new RegExp(`^${probeName}-\\d+$`).test(name);
}

/** Whether a container that waits for this reason can't start until somebody does something about it. */
export function isHopeless(reason: string): boolean {
  return /^(ErrImage|ImagePull|InvalidImage|ErrImageNeverPull|CreateContainer)/.test(reason);
}
