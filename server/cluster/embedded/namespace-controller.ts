import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject, V1Namespace } from '@kubernetes/client-node';
import type { Log } from '../../log.ts';
import { Discovery } from '../discovery.ts';
import { isNotFound } from '../kube-error.ts';
import type { Kube } from '../kube.ts';
import { collectionsIn, resourceOf } from './namespace-collections.ts';
import type { NodeMirror } from './node/node-mirror.ts';

const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, propagationPolicy: 'Background' };
/** Names are enough: what was deleted comes back, and might be large. */
const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** What controllers make further objects for, and would again, or count what goes. */
const makers = new Set([
  'cronjobs',
  'daemonsets',
  'deployments',
  'jobs',
  'replicasets',
  'replicationcontrollers',
  'resourcequotas',
  'services',
  'statefulsets',
]);
/** What controllers make: some may still have been on its way. */
const made = new Set(['controllerrevisions', 'endpoints', 'endpointslices', 'events', 'jobs', 'pods', 'replicasets']);

export interface NamespaceControllerOptions {
  kube: Kube;
  /** Started, and stopped after this by who did. */
  mirror: NodeMirror;
  log: Log;
}

/**
 * Empties and finalizes namespaces that are being deleted, in the place of Kubernetes' namespace controller, which begins
 * only after five seconds so that all API servers of a cluster can learn of the deletion (namespaceDeletionGracePeriod in
 * pkg/controller/namespace). Here there is one, which lets nobody add to a namespace that terminates.
 */
export class NamespaceController {
  readonly #options: NamespaceControllerOptions;
  readonly #stop = new AbortController();
  /** Under way, by the namespace's UID. */
  readonly #work = new Map<string, Promise<void>>();
  readonly #ignore: () => void;
  readonly #discovery: Discovery;

  constructor(options: NamespaceControllerOptions) {
    this.#options = options;
    this.#discovery = new Discovery(options.kube);
    this.#ignore = options.mirror.onChange(({ kind, type, object }) => {
      if (kind === 'Namespace' && type !== 'deleted') this.#look(object as V1Namespace);
    });
    for (const namespace of options.mirror.list('Namespace')) this.#look(namespace);
  }

  async stop(): Promise<void> {
    this.#ignore();
    this.#stop.abort();
    await Promise.all(this.#work.values());
  }

  #look({ metadata, spec }: V1Namespace): void {
    const { name = '', uid = '', deletionTimestamp } = metadata ?? {};
    if (!deletionTimestamp || !spec?.finalizers?.includes('kubernetes') || this.#work.has(uid)) return;
    const work = this.#finalize(name, uid).finally(() => this.#work.delete(uid));
    this.#work.set(uid, work);
  }

  /** Tries until it is done: an object with a finalizer of its own can keep a namespace for as long as it likes. */
  async #finalize(name: string, uid: string): Promise<void> {
    const { kube, log } = this.#options;
    const { signal } = this.#stop;
    for (let wait = 10; !signal.aborted; wait = Math.min(wait * 1.5, 1000)) {
      try {
        if (await this.#empty(name)) {
          const finalized = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid }, spec: { finalizers: [] } };
          await kube.request('PUT', `/api/v1/namespaces/${name}/finalize`, { body: finalized, signal });
          return;
        }
      } catch (error) {
        if (isNotFound(error)) return;
        if (!this.#stop.signal.aborted)
          log.warn({ err: error, namespace: name }, 'a namespace could not be emptied yet');
      }
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Deletes all that is in it. @returns whether nothing is left. */
  async #empty(name: string): Promise<boolean> {
    const all = collectionsIn(await this.#discovery.groups(this.#stop.signal)).map((path) => path.replace('%', name));
    const first = all.filter((path) => makers.has(resourceOf(path)));
    const then = all.filter((path) => !first.includes(path));
    let left = [...(await this.#deleteAll(first)), ...(await this.#deleteAll(then))];
    // What was there is asked for once more: most of it has gone by then.
    for (let tries = 0; tries < 3 && left.length > 0; tries++) left = await this.#deleteAll(left);
    return left.length === 0;
  }

  /** Deletes what is in these collections. @returns those that may still hold something. */
  async #deleteAll(paths: readonly string[]): Promise<string[]> {
    const { kube } = this.#options;
    const { signal } = this.#stop;
    const held = await Promise.all(
      paths.map(async (path) => {
        const options = { body, headers: { accept }, signal };
        const { value } = await kube.request<{ items?: KubernetesObject[] }>('DELETE', path, options);
        const items = value.items ?? [];
        return made.has(resourceOf(path))
          ? items.length > 0
          : items.some(({ metadata }) => metadata?.finalizers !== undefined);
      }),
    );
    return paths.filter((_, index) => held[index]);
  }
}
