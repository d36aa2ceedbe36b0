import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesListObject, KubernetesObject } from '@kubernetes/client-node';
import { toKubeError } from './kube-error.ts';
import type { Kube } from './kube.ts';

/** How long to wait after a loss before listing anew. */
const pauseMs = 250;
/** A watch lasts minutes; one that ends sooner than this has been refused in some other way. */
const shortestMs = 1000;
/** How long the API server is to keep a watch: less than the client waits for a word on a connection (300 s), as kinds without bookmarks may have none. */
const watchSeconds = 280;

export interface ReflectorOptions<T> {
  kube: Pick<Kube, 'request' | 'watch'>;
  /** Lists the objects: `/api/v1/pods`. */
  path: string;
  /** @param before what a modified object was; undefined for others. */
  onChange: (type: 'added' | 'modified' | 'deleted', object: T, before?: T) => void;
  /** Its copy may be old from here on, until `onCurrent`. */
  onLost: (error: unknown) => void;
  onCurrent: () => void;
}

/**
 * A live copy of one collection: listed, then watched from there (Kubernetes' "Efficient detection of changes"). A watch that the API
 * server ends is taken up where it was; after a loss, or where the API server no longer knows what came since, it is listed anew.
 * Objects have no `managedFields`.
 */
export class Reflector<T extends KubernetesObject> {
  readonly #options: ReflectorOptions<T>;
  #objects: Objects<T> = new Map();
  readonly #stopping = new AbortController();
  readonly #listed = Promise.withResolvers<undefined>();
  #running: Promise<void> | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** Resolves when the collection has been listed, or it is stopped before that. */
  async start(): Promise<void> {
    this.#running ??= this.#run();
    await this.#listed.promise;
  }

  get(name: string, namespace = ''): T | undefined {
    return this.#objects.get(namespace)?.get(name);
  }

  /** @param namespace all that there are if not given. */
  list(namespace?: string): T[] {
    if (namespace !== undefined) return [...(this.#objects.get(namespace)?.values() ?? [])];
    return [...this.#objects.values()].flatMap((each) => [...each.values()]);
  }

  /** Resolves when nothing of it goes on. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#listed.resolve(undefined);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const stopped = () => signal.aborted;
    while (!stopped()) {
      try {
        await this.#follow(await this.#list());
      } catch (error) {
        if (stopped()) return;
        this.#options.onLost(error);
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** @returns the resource version of what it has then. */
  async #list(): Promise<string> {
    const { kube, path } = this.#options;
    const { value } = await kube.request<KubernetesListObject<T>>('GET', path, { signal: this.#stopping.signal });
    const before = this.#objects;
    this.#objects = new Map();
    for (const object of value.items) this.#keep(object);
    for (const old of before.values()) {
      for (const object of old.values()) if (!find(this.#objects, object)) this.#options.onChange('deleted', object);
    }
    for (const object of value.items) this.#tell(object, find(before, object));
    this.#listed.resolve(undefined);
    return value.metadata?.resourceVersion ?? '';
  }

  /** Watches until what it has can't be kept up any more. */
  async #follow(from: string): Promise<never> {
    const { kube, path, onCurrent } = this.#options;
    const { signal } = this.#stopping;
    for (let resourceVersion = from; ;) {
      const began = performance.now();
      // Bookmarks tell how far a quiet watch has got, and that its connection still stands.
      const query = { resourceVersion, allowWatchBookmarks: true, timeoutSeconds: watchSeconds };
      const events = await kube.watch<T>(path, { query, signal });
      onCurrent();
      for await (const { type, object } of events) {
        if (type === 'ERROR') throw toKubeError(codeOf(object), JSON.stringify(object));
        resourceVersion = object.metadata?.resourceVersion ?? resourceVersion;
        if (type !== 'BOOKMARK') this.#apply(type, object);
      }
      if (performance.now() - began < shortestMs) throw new Error('the watch ended at once');
    }
  }

  #apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void {
    const old = find(this.#objects, object);
    if (type !== 'DELETED') {
      this.#keep(object);
      this.#tell(object, old);
    } else if (old) {
      const [namespace, name] = keyOf(object);
      const those = this.#objects.get(namespace);
      those?.delete(name);
      if (those?.size === 0) this.#objects.delete(namespace);
      this.#options.onChange('deleted', object);
    }
  }

  #keep(object: T): void {
    const [namespace, name] = keyOf(object);
    // A third of an object, and nobody here asks who wrote which field.
    if (object.metadata) object.metadata.managedFields = undefined;
    const those = this.#objects.get(namespace) ?? new Map<string, T>();
    this.#objects.set(namespace, those.set(name, object));
  }

  #tell(object: T, old: T | undefined): void {
    if (!old) this.#options.onChange('added', object);
    else if (old.metadata?.resourceVersion !== object.metadata?.resourceVersion)
      this.#options.onChange('modified', object, old);
  }
}

/** By namespace (empty for what has none), then by name. */
type Objects<T> = Map<string, Map<string, T>>;

function find<T>(objects: Objects<T>, object: KubernetesObject): T | undefined {
  const [namespace, name] = keyOf(object);
  return objects.get(namespace)?.get(name);
}

function keyOf({ metadata }: KubernetesObject): [namespace: string, name: string] {
  return [metadata?.namespace ?? '', metadata?.name ?? ''];
}

function codeOf(status: object): number {
  return 'code' in status && typeof status.code === 'number' ? status.code : 500;
}
