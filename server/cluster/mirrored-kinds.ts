import type * as k8s from '@kubernetes/client-node';

/** What pods and verdicts can depend on, with the path that lists it. */
const paths = {
  Namespace: '/api/v1/namespaces',
  Pod: '/api/v1/pods',
  Service: '/api/v1/services',
  ServiceAccount: '/api/v1/serviceaccounts',
  // An app may read mounted ones anew, and then answer otherwise.
  ConfigMap: '/api/v1/configmaps',
  Secret: '/api/v1/secrets',
  EndpointSlice: '/apis/discovery.k8s.io/v1/endpointslices',
  NetworkPolicy: '/apis/networking.k8s.io/v1/networkpolicies',
  Deployment: '/apis/apps/v1/deployments',
  StatefulSet: '/apis/apps/v1/statefulsets',
  DaemonSet: '/apis/apps/v1/daemonsets',
  Job: '/apis/batch/v1/jobs',
  CronJob: '/apis/batch/v1/cronjobs',
  Role: '/apis/rbac.authorization.k8s.io/v1/roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1/rolebindings',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
} as const;

/** Further ones, for who asks for a mirror of them. */
const furtherPaths = {
  Event: '/api/v1/events',
  Node: '/api/v1/nodes',
  PersistentVolume: '/api/v1/persistentvolumes',
  PersistentVolumeClaim: '/api/v1/persistentvolumeclaims',
} as const;

/** With the path that lists it. */
export const mirroredPaths = { ...paths, ...furtherPaths };

export interface MirroredKinds {
  Event: k8s.CoreV1Event;
  Node: k8s.V1Node;
  Namespace: k8s.V1Namespace;
  Pod: k8s.V1Pod;
  PersistentVolume: k8s.V1PersistentVolume;
  PersistentVolumeClaim: k8s.V1PersistentVolumeClaim;
  Service: k8s.V1Service;
  ServiceAccount: k8s.V1ServiceAccount;
  ConfigMap: k8s.V1ConfigMap;
  Secret: k8s.V1Secret;
  EndpointSlice: k8s.V1EndpointSlice;
  NetworkPolicy: k8s.V1NetworkPolicy;
  Deployment: k8s.V1Deployment;
  StatefulSet: k8s.V1StatefulSet;
  DaemonSet: k8s.V1DaemonSet;
  Job: k8s.V1Job;
  CronJob: k8s.V1CronJob;
  Role: k8s.V1Role;
  RoleBinding: k8s.V1RoleBinding;
  ClusterRole: k8s.V1ClusterRole;
  ClusterRoleBinding: k8s.V1ClusterRoleBinding;
}
export type MirroredKind = keyof MirroredKinds;
/** What a mirror holds when nothing else is asked for. */
export const mirroredKinds = Object.keys(paths) as MirroredKind[];

/** Whether a mirror holds objects of this kind when nothing else is asked for. */
export function isMirrored(kind: string | undefined): kind is MirroredKind {
  return mirroredKinds.some((each) => each === kind);
}
