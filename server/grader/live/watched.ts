import type { Log } from '../../log.ts';
import type { MirroredKind } from '../../cluster/mirrored-kinds.ts';
import type { Run } from '../live.ts';
import type { Slots } from '../../slots.ts';

/** All in milliseconds. */
export interface Pace {
  /** A run begins when nothing has changed for this long: one `kubectl apply` is one change. */
  quietMs: number;
  /** It waits no longer than this for quiet. */
  longestMs: number;
  /** A run that has gone on for this long (waiting for an answer that doesn't come) gives way to a change. */
  patienceMs: number;
  /** The first pause after a run that could not judge; each further one is twice as long, up to the longest. */
  retryMs: number;
  longestRetryMs: number;
}

interface Cause {
  kind: MirroredKind;
  name: string;
}

interface Parts {
  run: Run;
  slots: Slots;
  pace: Pace;
  log: Log;
}

/** What the cluster does by itself in answer to a change; what somebody changed is the better cause. */
const derived = new Set<MirroredKind>(['Pod', 'EndpointSlice']);

/** One attempt: decides when it is judged. */
export class Watched {
  readonly #parts: Parts;
  readonly #abort = new AbortController();
  /** Until the next run begins, or until the one under way gives way. */
  #timer: NodeJS.Timeout | undefined;
  /** When the first change came that no run has begun after; 0 if there was none. */
  #changedAt = 0;
  #cause: Cause | null = null;
  #running: Promise<void> | null = null;
  /** The run under way, once it has its turn, if it may give way. */
  #yielding: { abort: AbortController; since: number } | null = null;
  /** The last run gave way: the next one must not, so that verdicts come however much changes. */
  #gaveWay = false;
  #failures = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#begin();
  }

  changed(cause: Cause): void {
    if (this.#abort.signal.aborted) return;
    this.#changedAt ||= Date.now();
    this.#cause = this.#better(this.#cause, cause);
    this.#failures = 0;
    if (!this.#running) this.#waitForQuiet();
    else if (this.#yielding) this.#giveWayLater(this.#yielding);
  }

  /** A run under way is aborted. */
  stop(): void {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  #better(before: Cause | null, after: Cause): Cause {
    return before && derived.has(after.kind) && !derived.has(before.kind) ? before : after;
  }

  #waitForQuiet(): void {
    const { quietMs, longestMs } = this.#parts.pace;
    const waited = Date.now() - this.#changedAt;
    this.#beginIn(Math.max(0, Math.min(quietMs, longestMs - waited)));
  }

  #giveWayLater({ abort, since }: { abort: AbortController; since: number }): void {
    const { quietMs, patienceMs } = this.#parts.pace;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => abort.abort(), Math.max(quietMs, patienceMs - (Date.now() - since)));
  }

  #beginIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#begin(), milliseconds);
  }

  #begin(): void {
    clearTimeout(this.#timer);
    this.#running = this.#parts.slots
      .run(() => this.#judge())
      .then((judged) => {
        this.#running = null;
        clearTimeout(this.#timer);
        if (this.#abort.signal.aborted) return;
        if (this.#changedAt > 0) this.#waitForQuiet();
        else if (!judged) this.#beginIn(this.#nextPause());
      });
  }

  /** Whether everything could be judged. */
  async #judge(): Promise<boolean> {
    const { run, log } = this.#parts;
    if (this.#abort.signal.aborted) return true;
    const abort = new AbortController();
    const signal = AbortSignal.any([this.#abort.signal, abort.signal]);
    const cause = this.#cause;
    this.#changedAt = 0;
    this.#cause = null;
    this.#yielding = this.#gaveWay ? null : { abort, since: Date.now() };
    let judged = false;
    try {
      const verdicts = await run(signal, cause ? `${cause.kind}/${cause.name}` : '');
      judged = verdicts.every(({ outcome }) => outcome !== 'error');
      if (judged) this.#failures = 0;
    } catch (error) {
      if (!isAborted(signal)) log.warn({ err: error }, 'judging failed');
    }
    this.#yielding = null;
    this.#gaveWay = abort.signal.aborted;
    // Nobody has heard of the verdicts of a run that gave way: what caused it may be what causes the next one's.
    if (this.#gaveWay && cause) this.#inherit(cause);
    return judged;
  }

  #inherit(cause: Cause): void {
    this.#cause = this.#cause ? this.#better(cause, this.#cause) : cause;
  }

  #nextPause(): number {
    const { retryMs, longestRetryMs } = this.#parts.pace;
    return Math.min(retryMs * 2 ** this.#failures++, longestRetryMs);
  }
}

function isAborted({ aborted }: AbortSignal): boolean {
  return aborted;
}
