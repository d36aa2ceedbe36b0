import { admissionPath, auditPolicyPath } from '../api-server/files.ts';
import type { Certificates } from './certificates.ts';

/** The address that the `kubernetes` Service leads to. The node's network knows it; packets never go there. */
export const apiServerAddress = '192.0.2.1';
export const serviceClusterRange = '10.96.0.0/16';
/** The ClusterIP of the `kubernetes` Service: the first of the range. */
export const apiServerClusterAddress = '10.96.0.1';
export const serviceAccountIssuer = 'https://kubernetes.default.svc.cluster.local';

/** Sockets are named relative to the folder that etcd and the API server run in: a socket's path may have 107 bytes. */
export const etcdSocket = 'etcd.sock';
const peerSocket = 'etcd-peer.sock';

/**
 * Both of etcd's listeners are unix sockets in a folder that only its owner can enter.
 * @param options.synced whether what is written has reached the disk, so that a power failure loses nothing.
 */
export function etcdArguments({ synced }: { synced: boolean }): string[] {
  return [
    '--name=haechi',
    '--data-dir=etcd',
    `--listen-client-urls=unix://${etcdSocket}`,
    `--advertise-client-urls=unix://${etcdSocket}`,
    `--listen-peer-urls=unix://${peerSocket}`,
    `--initial-advertise-peer-urls=unix://${peerSocket}`,
    `--initial-cluster=haechi=unix://${peerSocket}`,
    '--log-level=warn',
    ...(synced ? [] : ['--unsafe-no-fsync']),
  ];
}

export function apiServerArguments(certificates: Certificates, port: number): string[] {
  const { apiServer, clusterAuthority, kubeletClient, nodeAuthority, serviceAccountKeyPath } = certificates;
  return [
    `--etcd-servers=unix://${etcdSocket}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    // Otherwise it looks for a default route, and a machine without network has none.
    `--advertise-address=${apiServerAddress}`,
    `--tls-cert-file=${apiServer.certificatePath}`,
    `--tls-private-key-file=${apiServer.keyPath}`,
    `--client-ca-file=${clusterAuthority.certificatePath}`,
    '--anonymous-auth=false',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    // Labs need privileged pods as their insecure start; who may make them is a matter of admission.
    '--allow-privileged=true',
    `--service-account-issuer=${serviceAccountIssuer}`,
    `--service-account-key-file=${serviceAccountKeyPath}`,
    `--service-account-signing-key-file=${serviceAccountKeyPath}`,
    `--service-cluster-ip-range=${serviceClusterRange}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-client-certificate=${kubeletClient.certificatePath}`,
    `--kubelet-client-key=${kubeletClient.keyPath}`,
    `--kubelet-certificate-authority=${nodeAuthority.certificatePath}`,
    `--admission-control-config-file=${admissionPath}`,
    `--audit-policy-file=${auditPolicyPath}`,
    '--audit-log-path=logs/audit.log',
    '--audit-log-mode=batch',
    '--audit-log-maxsize=20',
    '--audit-log-maxbackup=2',
    '--max-requests-inflight=800',
    '--max-mutating-requests-inflight=400',
    '--event-ttl=1h',
    '--profiling=false',
  ];
}

/**
 * Controllers whose objects exist only on real nodes, disks and clouds, one that a sleeping laptop would trigger, and one
 * whose work `NamespaceController` does at once.
 */
const withoutControllers = [
  'namespace-controller',
  'bootstrap-signer-controller',
  'token-cleaner-controller',
  'node-ipam-controller',
  // The node is part of the platform: its pods are not to be given up while the platform is down.
  'node-lifecycle-controller',
  'taint-eviction-controller',
  'device-taint-eviction-controller',
  'resourceclaim-controller',
  'resourcepoolstatusrequest-controller',
  'persistentvolume-attach-detach-controller',
  'persistentvolume-expander-controller',
  'volumeattributesclass-protection-controller',
  'horizontal-pod-autoscaler-controller',
  'storage-version-migrator-controller',
  'podcertificaterequest-cleaner-controller',
  'podgroup-protection-controller',
  'selinux-warning-controller',
  'legacy-serviceaccount-token-cleaner-controller',
];

export function controllerManagerArguments(certificates: Certificates, kubeconfigPath: string): string[] {
  const { clusterAuthority, serviceAccountKeyPath } = certificates;
  return [
    `--kubeconfig=${kubeconfigPath}`,
    // Nobody asks it anything: it has no port.
    '--secure-port=0',
    '--leader-elect=false',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${serviceAccountKeyPath}`,
    `--root-ca-file=${clusterAuthority.certificatePath}`,
    `--cluster-signing-cert-file=${clusterAuthority.certificatePath}`,
    `--cluster-signing-key-file=${clusterAuthority.keyPath}`,
    `--controllers=*,${withoutControllers.map((name) => `-${name}`).join(',')}`,
    // The defaults (20 and 30) hold up a class that starts together.
    '--kube-api-qps=1000',
    '--kube-api-burst=2000',
    // A worker whose report is held (reports.ts) waits for it: others have to be there for what 30 learners start.
    '--concurrent-deployment-syncs=300',
    '--concurrent-replicaset-syncs=300',
    '--concurrent-serviceaccount-token-syncs=10',
    '--profiling=false',
  ];
}
