/** What the embedded cluster is made of, and the kubectl that goes with it. */
export const programNames = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
export type ProgramName = (typeof programNames)[number];
/** Those that run for as long as the cluster does. */
export type ComponentName = Exclude<ProgramName, 'kubectl'>;

/** The absolute path of each. */
export type Programs = Record<ProgramName, string>;

export const kubernetesVersion = 'v1.37.2';
/** The etcd that Kubernetes 1.37 is made with, as control-plane/go.mod names it. */
export const etcdVersion = 'v3.7.0';
/** What control-plane/go.mod asks for. */
export const minimumGo = '1.26';
