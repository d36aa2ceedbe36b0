import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../log.ts';
import { KubeError } from '../../kube-error.ts';
import type { Kube } from '../../kube.ts';
import type { PodSandbox } from './container.ts';

/**
 * Changes of a pod's status within this time are written together; while it starts, until it is ready. Until its first container is
 * there it has little to tell.
 */
const gatherMs = 25;
const startMs = 100;
const comingUpMs = 1000;

export interface PodStatusWriterOptions {
  kube: Kube;
  log: Log;
  sandbox: PodSandbox;
  /** What is to be written. */
  status: () => object;
  isStarting: () => boolean;
  /** Whether its containers are yet to be tried. */
  isComingUp: () => boolean;
  /** Whether nothing more is about to change soon. */
  isSteady: () => boolean;
}

/** Writes a pod's status whenever it changed; what changes meanwhile goes along. */
export class PodStatusWriter {
  readonly #options: PodStatusWriterOptions;
  #dirty = false;
  #hurries = false;
  #closed = false;
  #writing: Promise<void> | undefined;
  #cameUp = Promise.withResolvers<undefined>();
  #steadied = Promise.withResolvers<undefined>();

  constructor(options: PodStatusWriterOptions) {
    this.#options = options;
  }

  /** Writes it soon. */
  changed(): void {
    if (this.#closed) return;
    this.#dirty = true;
    const { isComingUp, isSteady } = this.#options;
    if (!isComingUp() || isSteady()) this.#cameUp.resolve(undefined);
    if (isSteady()) this.#steadied.resolve(undefined);
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** The pod is to end: what can't be written isn't tried again. */
  hurry(): void {
    this.#hurries = true;
  }

  /** What isn't written yet is not to be. */
  discard(): void {
    this.#dirty = false;
  }

  /** The pod is gone: nothing more is written. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { kube, log, sandbox, status, isStarting, isComingUp, isSteady } = this.#options;
    const { namespace, name, uid } = sandbox;
    // A pod that comes up at once is ready by then: a write less, for the API server and for all who watch.
    this.#cameUp = Promise.withResolvers();
    this.#steadied = Promise.withResolvers();
    if (isComingUp() && !isSteady()) await Promise.race([sleep(comingUpMs), this.#cameUp.promise]);
    const most = isStarting() ? startMs : gatherMs;
    if (!isSteady()) await Promise.race([sleep(most), this.#steadied.promise]);
    while (this.#dirty && !this.#closed) {
      this.#dirty = false;
      try {
        await ignoreGone(
          kube.request('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, {
            contentType: 'application/merge-patch+json',
            body: { metadata: { uid }, status: status() },
          }),
        );
      } catch (error) {
        if (this.#hurries) return;
        log.debug({ err: error, pod: `${namespace}/${name}` }, 'a pod status was not written');
        this.#dirty = true;
        await sleep(500);
      }
    }
  }
}

/** Waits for a request about a pod that may be gone, or already another pod of the same name. */
export async function ignoreGone(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof KubeError && (error.status === 404 || error.status === 409))) throw error;
  }
}
