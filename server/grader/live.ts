import type { KubernetesObject } from '@kubernetes/client-node';
import { attemptLabel } from '../attempt/labels.ts';
import type { Mirror, MirrorChange } from '../cluster/mirror.ts';
import type { MirroredKind } from '../cluster/mirrored-kinds.ts';
import type { Outcome } from '../contract/verdict.ts';
import type { Log } from '../log.ts';
import { differs } from './live/differs.ts';
import { Slots } from '../slots.ts';
import { Watched, type Pace } from './live/watched.ts';

/**
 * Judges an attempt. `cause` is the object whose change came just before, as `NetworkPolicy/allow-all`; empty for the
 * first run and for repetitions.
 */
export type Run = (signal: AbortSignal, cause: string) => Promise<readonly { outcome: Outcome }[]>;

export interface LiveOptions {
  mirror: Pick<Mirror, 'onChange'>;
  log: Log;
  /** How many attempts are judged at the same time. */
  concurrency?: number;
  pace?: Partial<Pace>;
}

/** Judges attempts whenever something that their verdicts can depend on has changed. */
export class LiveJudge {
  readonly #log: Log;
  readonly #pace: Pace;
  readonly #slots: Slots;
  readonly #watched = new Map<string, Watched>();
  readonly #byNamespace = new Map<string, Set<string>>();
  /** No longer watched, and perhaps not settled yet. */
  readonly #ending = new Set<Watched>();
  readonly #unsubscribe: () => void;

  /** @param mirror started; the owner of both stops it after this. */
  constructor({ mirror, log, concurrency = 4, pace = {} }: LiveOptions) {
    this.#log = log;
    this.#pace = { quietMs: 40, longestMs: 150, patienceMs: 400, retryMs: 500, longestRetryMs: 30_000, ...pace };
    this.#slots = new Slots(concurrency);
    this.#unsubscribe = mirror.onChange((change) => this.#onChange(change));
  }

  /**
   * Runs at once, and after each change in these namespaces, of them, or of cluster-wide access; never twice at the
   * same time. A run that takes long gives way to a change: its signal aborts. A run that had verdicts of `error`, or
   * that rejected, is repeated with growing pauses.
   * @returns what ends it; a run under way is aborted.
   */
  watch(attempt: string, namespaces: readonly string[], run: Run): () => void {
    this.#end(this.#watched.get(attempt));
    const watched = new Watched({ run, slots: this.#slots, pace: this.#pace, log: this.#log.child({ attempt }) });
    this.#watched.set(attempt, watched);
    for (const namespace of namespaces) {
      const attempts = this.#byNamespace.get(namespace) ?? new Set();
      this.#byNamespace.set(namespace, attempts.add(attempt));
    }
    watched.start();
    return () => {
      this.#end(watched);
      if (this.#watched.get(attempt) !== watched) return;
      this.#watched.delete(attempt);
      for (const namespace of namespaces) {
        const attempts = this.#byNamespace.get(namespace);
        attempts?.delete(attempt);
        if (attempts?.size === 0) this.#byNamespace.delete(namespace);
      }
    };
  }

  /** Ends all and resolves when no run is under way. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    for (const watched of this.#watched.values()) this.#end(watched);
    this.#watched.clear();
    this.#byNamespace.clear();
    await Promise.all([...this.#ending].map((watched) => watched.settled()));
  }

  #end(watched: Watched | undefined): void {
    if (!watched) return;
    watched.stop();
    this.#ending.add(watched);
    void watched.settled().then(() => this.#ending.delete(watched));
  }

  #onChange({ kind, object, before }: MirrorChange): void {
    const touched = [...this.#touched(kind, object)];
    if (touched.length === 0 || (before && !differs(kind, before, object))) return;
    const cause = { kind, name: object.metadata?.name ?? '' };
    for (const attempt of touched) this.#watched.get(attempt)?.changed(cause);
  }

  /** The attempts that a change can matter to. */
  #touched(kind: MirroredKind, { metadata }: KubernetesObject): Iterable<string> {
    if (metadata?.namespace) return this.#byNamespace.get(metadata.namespace) ?? [];
    if (kind === 'Namespace') return this.#byNamespace.get(metadata?.name ?? '') ?? [];
    // Cluster-wide access: an attempt's own objects matter to it alone, others may give anyone anything.
    const owner = metadata?.labels?.[attemptLabel];
    return owner === undefined ? this.#watched.keys() : [owner];
  }
}
