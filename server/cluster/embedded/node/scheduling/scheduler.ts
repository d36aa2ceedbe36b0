import type { V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node';
import { KubeError } from '../../../kube-error.ts';
import type { Kube } from '../../../kube.ts';
import type { EventRecorder } from '../events.ts';
import type { NodeMirror } from '../node-mirror.ts';
import { claimsOf } from './claims.ts';
import { unfitMessage, unfitReasons } from './node-fit.ts';

/** By which the scheduler tells for which node a claim's volume is to be made. */
export const selectedNode = 'volume.kubernetes.io/selected-node';

interface Waiting {
  pod: V1Pod;
  /** What was last said of why it waits. */
  told: string;
}

/** Binds pods to the only node there is, when they fit; those that don't stay Pending, and an event says why. */
export class Scheduler {
  readonly #options: { kube: Kube; mirror: NodeMirror; events: EventRecorder; nodeName: string };
  /** By the pod's UID. */
  readonly #waiting = new Map<string, Waiting>();
  /** Under way, by the pod's UID: whether it is to be looked at once more after that. */
  readonly #busy = new Map<string, { again: boolean }>();

  constructor(options: { kube: Kube; mirror: NodeMirror; events: EventRecorder; nodeName: string }) {
    this.#options = options;
  }

  /** A pod without a node is there, or was changed. */
  async schedule(pod: V1Pod): Promise<void> {
    const uid = pod.metadata?.uid ?? '';
    const before = this.#waiting.get(uid);
    const waiting = { pod, told: before?.told ?? '' };
    this.#waiting.set(uid, waiting);
    const busy = this.#busy.get(uid);
    if (busy) {
      busy.again = true;
      return;
    }
    const work = { again: true };
    this.#busy.set(uid, work);
    try {
      while (work.again) {
        work.again = false;
        const current = this.#waiting.get(uid);
        if (current) await this.#try(current);
      }
    } finally {
      this.#busy.delete(uid);
    }
  }

  /** A pod has a node, or is going. */
  forget(uid: string): void {
    this.#waiting.delete(uid);
  }

  /** Something that pods may wait for has changed: of one namespace, or of the node. */
  async retry(namespace?: string): Promise<void> {
    const pods = [...this.#waiting.values()].map(({ pod }) => pod);
    const concerned = pods.filter(({ metadata }) => namespace === undefined || metadata?.namespace === namespace);
    await Promise.all(concerned.map((pod) => this.schedule(pod)));
  }

  async #try(waiting: Waiting): Promise<void> {
    const { kube, mirror, nodeName } = this.#options;
    const { pod } = waiting;
    const node = mirror.get('Node', nodeName);
    if (!node || pod.spec?.schedulingGates?.length) return;
    const claims = await claimsOf(kube, mirror, pod);
    if ('problem' in claims) {
      await this.#tell(waiting, `0/1 nodes are available: ${claims.problem}. not found`);
      return;
    }
    const reasons = unfitReasons(pod, node);
    if (reasons.length > 0) await this.#tell(waiting, unfitMessage(reasons));
    else if (claims.waiting.length > 0) await Promise.all(claims.waiting.map((claim) => this.#select(claim)));
    else await this.#bind(pod);
  }

  /** Asks for the volume of a claim. Its binding is a change of the claim, after which the pod is tried again. */
  async #select({ metadata }: V1PersistentVolumeClaim): Promise<void> {
    if (metadata?.annotations?.[selectedNode]) return;
    const { kube, nodeName } = this.#options;
    const path = `/api/v1/namespaces/${metadata?.namespace ?? ''}/persistentvolumeclaims/${metadata?.name ?? ''}`;
    await ignoreGone(
      kube.request('PATCH', path, {
        contentType: 'application/merge-patch+json',
        body: { metadata: { uid: metadata?.uid, annotations: { [selectedNode]: nodeName } } },
      }),
    );
  }

  async #tell(waiting: Waiting, message: string): Promise<void> {
    if (waiting.told === message) return;
    waiting.told = message;
    const { kube, events } = this.#options;
    const { name = '', namespace = '', uid = '' } = waiting.pod.metadata ?? {};
    events.record(waiting.pod, 'Warning', 'FailedScheduling', message, { component: 'default-scheduler' });
    const lastTransitionTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime },
    ];
    await ignoreGone(
      kube.request('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, {
        contentType: 'application/merge-patch+json',
        body: { metadata: { uid }, status: { conditions } },
      }),
    );
  }

  async #bind(pod: V1Pod): Promise<void> {
    const { kube, events, nodeName } = this.#options;
    const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
    const bound = await ignoreGone(
      kube.request('POST', `/api/v1/namespaces/${namespace}/pods/${name}/binding`, {
        body: {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name, namespace, uid },
          target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
        },
      }),
    );
    this.forget(uid);
    if (!bound) return;
    events.record(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${nodeName}`, {
      component: 'default-scheduler',
    });
  }
}

/** @returns whether the request was done, rather than that its object is gone or was changed meanwhile. */
async function ignoreGone(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (error instanceof KubeError && (error.status === 404 || error.status === 409)) return false;
    throw error;
  }
}
