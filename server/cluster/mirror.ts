import { ListWatch, Watch, type KubernetesListObject, type KubernetesObject } from '@kubernetes/client-node';
import type { Log } from '../log.ts';
import type { Kube } from './kube.ts';
import { mirroredKinds, mirroredPaths, type MirroredKind, type MirroredKinds } from './mirrored-kinds.ts';

export interface MirrorChange {
  kind: MirroredKind;
  type: 'added' | 'modified' | 'deleted';
  object: MirroredKinds[MirroredKind];
}

/**
 * A live copy of the whole cluster's objects of these kinds, kept by watches. Objects are JSON as the server sent it: timestamps
 * are strings, whatever the types say, and nobody may change them. After a lost connection it lists again by itself.
 */
export class Mirror {
  readonly #watches = new Map<MirroredKind, ListWatch<KubernetesObject>>();
  readonly #listeners = new Set<(change: MirrorChange) => void>();
  readonly #lost = new Set<MirroredKind>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopped = false;

  constructor(kube: Kube, log: Log, kinds: readonly MirroredKind[] = mirroredKinds) {
    for (const kind of kinds) {
      const list = async () => {
        const { value } = await kube.request<KubernetesListObject<KubernetesObject>>('GET', mirroredPaths[kind]);
        return value;
      };
      const watch = new ListWatch(mirroredPaths[kind], new Watch(kube.config), list, false);
      watch.on('add', (object) => this.#tell({ kind, type: 'added', object: object }));
      watch.on('update', (object) => this.#tell({ kind, type: 'modified', object: object }));
      watch.on('delete', (object) => this.#tell({ kind, type: 'deleted', object: object }));
      watch.on('connect', () => this.#lost.delete(kind));
      watch.on('error', (error: unknown) => {
        if (this.#stopped) return;
        this.#lost.add(kind);
        log.debug({ err: error, kind }, 'watch lost');
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          if (!this.#stopped) void watch.start();
        }, 250);
        this.#timers.add(timer);
      });
      this.#watches.set(kind, watch);
    }
  }

  /** Resolves when every kind has been listed. */
  async start(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.start()));
  }

  /** False while any watch is cut off: what the mirror holds may be old. */
  get live(): boolean {
    return this.#lost.size === 0 && !this.#stopped;
  }

  list<T extends MirroredKind>(kind: T, namespace?: string): MirroredKinds[T][] {
    return [...(this.#watches.get(kind)?.list(namespace) ?? [])] as MirroredKinds[T][];
  }

  get<T extends MirroredKind>(kind: T, name: string, namespace?: string): MirroredKinds[T] | undefined {
    return this.#watches.get(kind)?.get(name, namespace) as MirroredKinds[T] | undefined;
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
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([...this.#watches.values()].map((watch) => watch.stop()));
  }

  #tell(change: MirrorChange): void {
    if (this.#stopped) return;
    for (const listener of this.#listeners) listener(change);
  }
}
