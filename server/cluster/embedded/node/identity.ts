import type { V1Container, V1PodSpec, V1SeccompProfile } from '@kubernetes/client-node';
import type { ContainerIdentity, PulledImage } from './container.ts';

/** What a container runtime gives a container that asks for nothing (containerd's default set). */
const defaultCapabilities = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

/** capabilities(7), without CAP_. */
const allCapabilities = [
  ...defaultCapabilities,
  ...[
    'AUDIT_CONTROL',
    'AUDIT_READ',
    'BLOCK_SUSPEND',
    'BPF',
    'CHECKPOINT_RESTORE',
    'DAC_READ_SEARCH',
    'IPC_LOCK',
    'IPC_OWNER',
  ],
  ...[
    'LEASE',
    'LINUX_IMMUTABLE',
    'MAC_ADMIN',
    'MAC_OVERRIDE',
    'NET_ADMIN',
    'NET_BROADCAST',
    'PERFMON',
    'SYSLOG',
    'SYS_ADMIN',
  ],
  ...[
    'SYS_BOOT',
    'SYS_MODULE',
    'SYS_NICE',
    'SYS_PACCT',
    'SYS_PTRACE',
    'SYS_RAWIO',
    'SYS_RESOURCE',
    'SYS_TIME',
    'SYS_TTY_CONFIG',
    'WAKE_ALARM',
  ],
];

/** Who a container's processes are: its own security context over the pod's over the image's. */
export function identityOf(spec: V1PodSpec, container: V1Container, image: PulledImage): ContainerIdentity {
  const pod = spec.securityContext;
  const own = container.securityContext;
  const uid = own?.runAsUser ?? pod?.runAsUser ?? image.user.uid;
  const gid = own?.runAsGroup ?? pod?.runAsGroup ?? (uid === image.user.uid ? image.user.gid : 0);
  const privileged = own?.privileged ?? false;
  const groups = [
    ...new Set([gid, ...(pod?.supplementalGroups ?? []), ...(pod?.fsGroup === undefined ? [] : [pod.fsGroup])]),
  ];
  return {
    uid,
    gid,
    groups: groups.sort((a, b) => a - b),
    privileged,
    capabilities: uid === 0 || privileged ? capabilitiesOf(container) : [],
    noNewPrivileges: own?.allowPrivilegeEscalation === false,
    seccomp: seccompOf(spec, container)?.type === 'RuntimeDefault' ? 'RuntimeDefault' : 'Unconfined',
    readOnlyRootFilesystem: own?.readOnlyRootFilesystem ?? false,
  };
}

/** The profile that holds a container; none holds a privileged one. */
function seccompOf(spec: V1PodSpec, { securityContext }: V1Container): V1SeccompProfile | undefined {
  if (securityContext?.privileged) return undefined;
  return securityContext?.seccompProfile ?? spec.securityContext?.seccompProfile;
}

/**
 * containerd's look for a profile that is a file of the node: this node has none.
 * @returns why the container can't be made, in containerd's words; undefined when it can.
 */
export function seccompProblem(spec: V1PodSpec, container: V1Container): string | undefined {
  const profile = seccompOf(spec, container);
  if (profile?.type !== 'Localhost') return undefined;
  const file = `/var/lib/kubelet/seccomp/${profile.localhostProfile ?? ''}`;
  return `failed to create containerd container: cannot load seccomp profile "${file}": open ${file}: no such file or directory`;
}

function capabilitiesOf({ securityContext }: V1Container): string[] {
  if (securityContext?.privileged) return allCapabilities.toSorted();
  const names = (list: string[] | undefined) => (list ?? []).map((name) => name.toUpperCase().replace(/^CAP_/, ''));
  const add = names(securityContext?.capabilities?.add);
  const drop = names(securityContext?.capabilities?.drop);
  const base = drop.includes('ALL') ? [] : defaultCapabilities.filter((name) => !drop.includes(name));
  const added = add.includes('ALL') ? allCapabilities : add;
  return [...new Set([...base, ...added])].sort();
}

/**
 * The kubelet's check of runAsNonRoot (pkg/kubelet/kuberuntime/security_context.go).
 * @returns why the container may not start, in the kubelet's words; undefined when it may.
 */
export function nonRootProblem(
  spec: V1PodSpec,
  container: V1Container,
  image: PulledImage,
  podName: string,
): string | undefined {
  if (!(container.securityContext?.runAsNonRoot ?? spec.securityContext?.runAsNonRoot)) return undefined;
  const user = container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser;
  const where = `(pod: "${podName}", container: ${container.name})`;
  if (user === 0) return `container's runAsUser breaks non-root policy ${where}`;
  if (user !== undefined) return undefined;
  if ('name' in image.user)
    return `container has runAsNonRoot and image has non-numeric user (${image.user.name}), cannot verify user is non-root ${where}`;
  return image.user.uid === 0 ? `container has runAsNonRoot and image will run as root ${where}` : undefined;
}
