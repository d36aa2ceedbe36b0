import type { V1StorageClass } from '@kubernetes/client-node';

/** Who makes the volumes of the simulated node's class. */
export const provisioner = 'memory.haechi.dev';

/** The default class, with the name and the binding mode that it has in kind. */
export const storageClass: V1StorageClass & { apiVersion: string; kind: string; metadata: { name: string } } = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
};
