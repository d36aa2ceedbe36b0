import type { V1Pod } from '@kubernetes/client-node';
import type { Kube } from '../../kube.ts';
import { awaitPod } from './await-pod.ts';
import { isHopeless, newestProbe, nextProbeName, probeContainer } from './probe-container.ts';
import { CannotRun, runInContainer, type RunOptions, type RunResult } from './run-in-container.ts';
import { untilAborted } from './until-aborted.ts';

export interface PodPlace {
  namespace: string;
  pod: string;
}

/** A container of ours, or one that is on its way. */
interface Opening {
  name: Promise<string>;
  /** Who waits for it; when nobody does any more, it is given up. */
  askers: number;
  abort: AbortController;
}

/** How long the platform's container may take to run in a pod, its image pulled. */
const containerMs = 30_000;
/** Pods whose container is remembered; others are looked at again. */
const mostRemembered = 2000;

/**
 * Runs programs in pods' networks, whatever the pods' own images have: each pod gets an ephemeral container of ours the
 * first time. Only a pod that runs can have one; what the pod's own containers are is not touched.
 */
export class PodProber {
  readonly #kube: Kube;
  readonly #image: string;
  /** By namespace and name. */
  readonly #containers = new Map<string, Opening>();

  /** @param image one with a shell, wget and nc, as the cluster can pull it. */
  constructor(kube: Kube, image: string) {
    this.#kube = kube;
    this.#image = image;
  }

  /**
   * @returns how the program ended; that it failed is no error.
   * @throws CannotRun when the pod is not there or refuses the container; the signal's reason when aborted
   */
  async run(place: PodPlace, options: RunOptions): Promise<RunResult> {
    const known = this.#containers.has(keyOf(place));
    try {
      return await this.#runOnce(place, options);
    } catch (error) {
      options.signal.throwIfAborted();
      this.#containers.delete(keyOf(place));
      // Another pod may have the name by now, or the container was ended.
      if (!known || !(error instanceof CannotRun)) throw error;
      return await this.#runOnce(place, options);
    }
  }

  /**
   * Sees to it that the pod has a container of ours, which runs.
   * @throws CannotRun when the pod is not there or refuses the container; the signal's reason when aborted
   */
  async prepare(place: PodPlace, signal: AbortSignal): Promise<void> {
    await this.#containerOf(place, signal);
  }

  async #runOnce(place: PodPlace, options: RunOptions): Promise<RunResult> {
    const container = await this.#containerOf(place, options.signal);
    return runInContainer(this.#kube, { ...place, container }, options);
  }

  /** One for all who ask at the same time, so that none of them ends it for the others; the last one does. */
  async #containerOf(place: PodPlace, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const key = keyOf(place);
    const opening = this.#containers.get(key) ?? this.#open(place);
    opening.askers++;
    try {
      return await untilAborted(opening.name, signal);
    } finally {
      opening.askers--;
      if (opening.askers === 0 && signal.aborted) {
        this.#forget(key, opening);
        opening.abort.abort(signal.reason);
      }
    }
  }

  #open(place: PodPlace): Opening {
    const key = keyOf(place);
    const abort = new AbortController();
    const opening = { name: this.#openContainer(place, abort.signal), askers: 0, abort };
    this.#containers.set(key, opening);
    opening.name.catch(() => this.#forget(key, opening));
    const [oldest] = this.#containers.keys();
    if (this.#containers.size > mostRemembered && oldest !== undefined) this.#containers.delete(oldest);
    return opening;
  }

  #forget(key: string, opening: Opening): void {
    if (this.#containers.get(key) === opening) this.#containers.delete(key);
  }

  async #openContainer(place: PodPlace, given: AbortSignal): Promise<string> {
    const signal = AbortSignal.any([given, AbortSignal.timeout(containerMs)]);
    const path = `/api/v1/namespaces/${place.namespace}/pods/${place.pod}`;
    try {
      const { value: pod } = await this.#kube.request<V1Pod>('GET', path, { signal });
      const newest = newestProbe(pod);
      if (newest?.state?.running) return newest.name;
      const name = newest && !newest.state?.terminated ? newest.name : nextProbeName(pod);
      if (name !== newest?.name) {
        await this.#kube.request('PATCH', `${path}/ephemeralcontainers`, {
          contentType: 'application/strategic-merge-patch+json',
          body: { spec: { ephemeralContainers: [probeContainer(name, this.#image)] } },
          signal,
        });
      }
      return await awaitPod(this.#kube, place, (seen) => runningIn(seen, name), signal);
    } catch (error) {
      throw new CannotRun(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
}

function runningIn(pod: V1Pod, name: string): string | undefined {
  if (pod.metadata?.deletionTimestamp) throw new Error(`pod ${pod.metadata.name ?? ''} is being deleted`);
  const { state } = pod.status?.ephemeralContainerStatuses?.find((each) => each.name === name) ?? {};
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (isHopeless(reason)) throw new Error(`${name}: ${reason}: ${message}`);
  if (state?.terminated) throw new Error(`${name} ended: ${state.terminated.reason ?? ''}`);
  return state?.running ? name : undefined;
}

function keyOf({ namespace, pod }: PodPlace): string {
  return `${namespace}/${pod}`;
}
