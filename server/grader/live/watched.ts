import type { Log } from '../../log.ts';
import type { Run, WatchedKind } from '../live.ts';
import type { Slots } from './slots.ts';

/** All in milliseconds. */
export interface Pace {
  /** A run begins when nothing has changed for this long: one `kubectl apply` is one change. */
  quietMs: number;
  /** It waits no longer than this for quiet. */
  longestMs: number;
  /** The first pause after a run that could not judge; each further one is twice as long, up to the longest. */
  retryMs: number;
  longestRetryMs: number;
}

interface Cause {
  kind: WatchedKind;
  name: string;
}

interface Parts {
  run: Run;
  slots: Slots;
  pace: Pace;
  log: Log;
}

/** What the cluster does by itself in answer to a change; what somebody changed is the better cause. */
const derived = new Set<WatchedKind>(['Pod', 'EndpointSlice']);

/** One attempt: decides when it is judged. */
export class Watched {
  readonly #parts: Parts;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** When the first change came that no run has begun after; 0 if there was none. */
  #changedAt = 0;
  #cause: Cause | null = null;
  #running: Promise<void> | null = null;
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
    if (!this.#cause || !derived.has(cause.kind) || derived.has(this.#cause.kind)) this.#cause = cause;
    this.#failures = 0;
    if (!this.#running) this.#waitForQuiet();
  }

  stop(): void {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  #waitForQuiet(): void {
    const { quietMs, longestMs } = this.#parts.pace;
    const waited = Date.now() - this.#changedAt;
    this.#beginIn(Math.max(0, Math.min(quietMs, longestMs - waited)));
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
        if (this.#abort.signal.aborted) return;
        if (this.#changedAt > 0) this.#waitForQuiet();
        else if (!judged) this.#beginIn(this.#nextPause());
      });
  }

  /** Whether everything could be judged. */
  async #judge(): Promise<boolean> {
    const { run, log } = this.#parts;
    const { signal } = this.#abort;
    if (signal.aborted) return true;
    const cause = this.#cause ? `${this.#cause.kind}/${this.#cause.name}` : '';
    this.#changedAt = 0;
    this.#cause = null;
    try {
      const verdicts = await run(signal, cause);
      const judged = verdicts.every(({ outcome }) => outcome !== 'error');
      if (judged) this.#failures = 0;
      return judged;
    } catch (error) {
      if (!this.#abort.signal.aborted) log.warn({ err: error }, 'judging failed');
      return false;
    }
  }

  #nextPause(): number {
    const { retryMs, longestRetryMs } = this.#parts.pace;
    return Math.min(retryMs * 2 ** this.#failures++, longestRetryMs);
  }
}
