import { randomBytes } from 'node:crypto';
import type { V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node';
import type { Log } from '../../../log.ts';
import type { Kube } from '../../kube.ts';
import type { NodeMirror } from './node-mirror.ts';
import { TokenBucket } from './token-bucket.ts';

/** A kubelet's `eventRecordQPS` and `eventBurst`, as KubeletConfiguration defaults them: room is left for what is waited for. */
const eventsPerSecond = 50;
const eventBurst = 100;

/** What events are about. Objects of a watch don't say their kind. */
export type Recorded =
  { kind: 'Pod'; object: V1Pod } | { kind: 'PersistentVolumeClaim'; object: V1PersistentVolumeClaim };

/** Writes events as a kubelet does: one after the other at its rate; what happens again is counted on the same event. */
export class EventRecorder {
  readonly #kube: Kube;
  readonly #mirror: NodeMirror;
  readonly #log: Log;
  readonly #host: string;
  readonly #known = new Map<string, { path: string; count: number }>();
  readonly #bucket = new TokenBucket(eventsPerSecond, eventBurst);
  readonly #stop = new AbortController();
  #last = Promise.resolve();
  /** What the next event waits for. */
  #held: PromiseWithResolvers<void> | undefined;

  constructor({ kube, mirror, log }: { kube: Kube; mirror: NodeMirror; log: Log }, host: string) {
    this.#kube = kube;
    this.#mirror = mirror;
    this.#log = log;
    this.#host = host;
  }

  /** @param container the container that it is about, if it is about one. */
  record(
    pod: V1Pod,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    options: { container?: string; component?: string } = {},
  ): void {
    this.recordOf({ kind: 'Pod', object: pod }, type, reason, message, options);
  }

  /** The same about an object of another kind. */
  recordOf(
    about: Recorded,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    { container, component = 'kubelet' }: { container?: string; component?: string } = {},
  ): void {
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const write = async () => {
      await this.#held?.promise;
      if (this.#stop.signal.aborted || !this.#takesMore(about.object.metadata?.namespace ?? '')) return;
      await this.#bucket.wait(this.#stop.signal);
      await this.#write(about, type, reason, message, container, component, now);
    };
    this.#last = this.#last.then(write).catch((error: unknown) => {
      // A quota may refuse events, or the namespace may be going; the pod doesn't suffer for it.
      if (!this.#stop.signal.aborted) this.#log.debug({ err: error, reason }, 'an event was not written');
    });
  }

  /** Forgets an object's events. */
  forget({ metadata }: V1Pod | V1PersistentVolumeClaim): void {
    const prefix = `${metadata?.uid ?? ''} `;
    for (const key of this.#known.keys()) if (key.startsWith(prefix)) this.#known.delete(key);
  }

  /** Lets events wait, or go on: they say when they happened all the same. */
  hold(held: boolean): void {
    if (held) this.#held ??= Promise.withResolvers();
    else {
      this.#held?.resolve();
      this.#held = undefined;
    }
  }

  /** Writes no more, and resolves when none is being written. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.hold(false);
    await this.#last;
  }

  /** Nothing can be added to a namespace that terminates; the API server would be asked in vain for each of its pods. */
  #takesMore(namespace: string): boolean {
    const found = this.#mirror.get('Namespace', namespace);
    return found !== undefined && found.metadata?.deletionTimestamp === undefined;
  }

  async #write(
    about: Recorded,
    type: string,
    reason: string,
    message: string,
    container: string | undefined,
    component: string,
    now: string,
  ): Promise<void> {
    const { namespace = '', name = '', uid = '' } = about.object.metadata ?? {};
    const key = `${uid} ${container ?? ''} ${reason} ${message}`;
    const known = this.#known.get(key);
    if (known) {
      known.count++;
      await this.#kube.request('PATCH', known.path, {
        contentType: 'application/merge-patch+json',
        body: { count: known.count, lastTimestamp: now },
      });
      return;
    }
    const event = `${name}.${randomBytes(8).toString('hex')}`;
    const path = `/api/v1/namespaces/${namespace}/events`;
    await this.#kube.request('POST', path, {
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: event, namespace },
        involvedObject: {
          apiVersion: 'v1',
          kind: about.kind,
          namespace,
          name,
          uid,
          ...(container && about.kind === 'Pod'
            ? { fieldPath: `spec.${listOf(about.object, container)}{${container}}` }
            : {}),
        },
        type,
        reason,
        message,
        count: 1,
        firstTimestamp: now,
        lastTimestamp: now,
        source: { component, ...(component === 'kubelet' ? { host: this.#host } : {}) },
        reportingComponent: component,
        reportingInstance: component === 'kubelet' ? this.#host : '',
      },
    });
    this.#known.set(key, { path: `${path}/${event}`, count: 1 });
  }
}

/** Which list of a pod's spec a container is in. */
function listOf({ spec }: V1Pod, container: string): string {
  if (spec?.containers.some(({ name }) => name === container)) return 'containers';
  return spec?.initContainers?.some(({ name }) => name === container) ? 'initContainers' : 'ephemeralContainers';
}
