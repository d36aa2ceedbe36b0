import type { KubernetesObject } from '@kubernetes/client-node';
import type { Log } from '../log.ts';
import type { Kube } from './kube.ts';
import { mirroredKinds, mirroredPaths, type MirroredKind, type MirroredKinds } from './mirrored-kinds.ts';
import { Reflector } from './reflector.ts';

/** For how long a copy is cut off by a restart of the API server at most; what lasts longer has another cause, which is told. */
const longLossMs = 10_000;

export interface MirrorChange {
  kind: MirroredKind;
  type: 'added' | 'modified' | 'deleted';
  object: MirroredKinds[MirroredKind];
  /** What a modified object was. */
  before?: MirroredKinds[MirroredKind] | undefined;
}

/**
 * A live copy of the whole cluster's objects of these kinds, kept by watches. Objects are JSON as the server sent it, without
 * `managedFields`: timestamps are strings, whatever the types say, and nobody may change them. After a lost connection it lists again by itself.
 */
export class Mirror {
  readonly #reflectors = new Map<MirroredKind, Reflector<KubernetesObject>>();
  readonly #listeners = new Set<(change: MirrorChange) => void>();
  readonly #lost = new Map<MirroredKind, { since: number; told: boolean }>();
  readonly #log: Log;
  #stopped = false;

  constructor(kube: Kube, log: Log, kinds: readonly MirroredKind[] = mirroredKinds) {
    this.#log = log;
    for (const kind of kinds) {
      const reflector = new Reflector({
        kube,
        path: mirroredPaths[kind],
        onChange: (type, object, before) => this.#tell({ kind, type, object, before }),
        onCurrent: () => this.#lost.delete(kind),
        onLost: (error) => this.#lose(kind, error),
      });
      this.#reflectors.set(kind, reflector);
    }
  }

  /** Resolves when every kind has been listed. */
  async start(): Promise<void> {
    await Promise.all([...this.#reflectors.values()].map((each) => each.start()));
  }

  /** False while any watch is cut off: what the mirror holds may be old. */
  get live(): boolean {
    return this.#lost.size === 0 && !this.#stopped;
  }

  list<T extends MirroredKind>(kind: T, namespace?: string): MirroredKinds[T][] {
    return (this.#reflectors.get(kind)?.list(namespace) ?? []) as MirroredKinds[T][];
  }

  get<T extends MirroredKind>(kind: T, name: string, namespace?: string): MirroredKinds[T] | undefined {
    return this.#reflectors.get(kind)?.get(name, namespace) as MirroredKinds[T] | undefined;
  }

  /** Calls back after each change, once the mirror has it; returns what ends that. */
  onChange(listener: (change: MirrorChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Resolves once `holds` does: asked now, and after each change.
   * @returns false when it did not within so many milliseconds. Rejects with the signal's reason when aborted.
   */
  async until(holds: () => boolean, withinMs: number, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (holds()) return true;
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const ignore = this.onChange(() => holds() && resolve(true));
    const late = setTimeout(() => resolve(false), withinMs);
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
    try {
      return await promise;
    } finally {
      ignore();
      clearTimeout(late);
      signal.removeEventListener('abort', abort);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#reflectors.values()].map((each) => each.stop()));
  }

  #lose(kind: MirroredKind, error: unknown): void {
    const loss = this.#lost.get(kind) ?? { since: Date.now(), told: false };
    this.#lost.set(kind, loss);
    if (!loss.told && Date.now() - loss.since >= longLossMs) {
      loss.told = true;
      this.#log.warn({ err: error, kind }, 'objects cannot be read; this goes on being tried');
    } else this.#log.debug({ err: error, kind }, 'watch lost');
  }

  #tell(change: MirrorChange): void {
    if (this.#stopped) return;
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        // It concerns neither the others nor the watch.
        this.#log.error({ err: error, kind: change.kind }, 'a change was not dealt with');
      }
    }
  }
}
