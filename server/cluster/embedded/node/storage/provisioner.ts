import type { V1PersistentVolume, V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { isNotFound, KubeError } from '../../../kube-error.ts';
import type { Kube } from '../../../kube.ts';
import type { EventRecorder } from '../events.ts';
import { selectedNode } from '../scheduling/scheduler.ts';
import { provisioner } from './storage-class.ts';

/** By which the volume controller asks an external provisioner (component-helpers, storage/volume). */
const askedOf = 'volume.kubernetes.io/storage-provisioner';
const provisionedBy = 'pv.kubernetes.io/provisioned-by';

export interface ProvisionerOptions {
  kube: Kube;
  events: EventRecorder;
  nodeName: string;
}

/**
 * Makes the volumes of claims that ask for the node's storage class, and removes those whose claim is gone: what
 * Kubernetes leaves to an external provisioner. Binding is the controller manager's.
 */
export class Provisioner {
  readonly #options: ProvisionerOptions;
  /** UIDs of claims whose volume is being made. */
  readonly #making = new Set<string>();

  constructor(options: ProvisionerOptions) {
    this.#options = options;
  }

  async claimChanged(claim: V1PersistentVolumeClaim): Promise<void> {
    const { metadata, spec } = claim;
    const { uid = '', namespace = '', name = '', annotations = {} } = metadata ?? {};
    const wanted = annotations[askedOf] === provisioner && annotations[selectedNode] && !spec?.volumeName;
    if (!wanted || metadata?.deletionTimestamp || this.#making.has(uid)) return;
    if (spec?.volumeMode === 'Block') {
      this.#event(claim, 'Warning', 'ProvisioningFailed', `${provisioner} has no volumes of volumeMode Block`);
      return;
    }
    this.#making.add(uid);
    try {
      const which = `"${namespace}/${name}"`;
      this.#event(claim, 'Normal', 'Provisioning', `External provisioner is provisioning volume for claim ${which}`);
      const volume = this.#volumeFor(claim);
      await this.#options.kube.request('POST', '/api/v1/persistentvolumes', { body: volume });
      this.#event(
        claim,
        'Normal',
        'ProvisioningSucceeded',
        `Successfully provisioned volume ${volume.metadata?.name ?? ''}`,
      );
    } catch (error) {
      if (!(error instanceof KubeError && error.status === 409)) throw error;
    } finally {
      this.#making.delete(uid);
    }
  }

  async volumeChanged({ metadata, spec, status }: V1PersistentVolume): Promise<void> {
    if (metadata?.annotations?.[provisionedBy] !== provisioner || metadata.deletionTimestamp) return;
    if (status?.phase !== 'Released' || spec?.persistentVolumeReclaimPolicy !== 'Delete') return;
    try {
      await this.#options.kube.request('DELETE', `/api/v1/persistentvolumes/${metadata.name ?? ''}`);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #volumeFor({ metadata, spec }: V1PersistentVolumeClaim): V1PersistentVolume {
    const { uid = '', namespace = '', name = '' } = metadata ?? {};
    const volume = `pvc-${uid}`;
    const onNode = { key: 'kubernetes.io/hostname', operator: 'In', values: [this.#options.nodeName] };
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volume, annotations: { [provisionedBy]: provisioner } },
      spec: {
        accessModes: spec?.accessModes ?? [],
        capacity: { storage: spec?.resources?.requests?.['storage'] ?? '0' },
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
        csi: { driver: provisioner, volumeHandle: volume },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [onNode] }] } },
        persistentVolumeReclaimPolicy: 'Delete',
        ...(spec?.storageClassName ? { storageClassName: spec.storageClassName } : {}),
        volumeMode: 'Filesystem',
      },
    };
  }

  #event(object: V1PersistentVolumeClaim, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#options.events.recordOf({ kind: 'PersistentVolumeClaim', object }, type, reason, message, {
      component: provisioner,
    });
  }
}
