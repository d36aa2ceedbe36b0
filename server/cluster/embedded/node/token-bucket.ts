import { setTimeout as sleep } from 'node:timers/promises';

/** Lets work begin at a steady rate, and so much at once after a pause: how Kubernetes' clients limit themselves. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #now: () => number;
  #tokens: number;
  #since: number;

  /** @param now milliseconds of a clock that only goes forward. */
  constructor(perSecond: number, burst: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#now = now;
    this.#tokens = burst;
    this.#since = now();
  }

  /** Takes a token, in advance where none is left. @returns milliseconds until it is there. */
  take(): number {
    const now = this.#now();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#since) / 1000) * this.#perSecond) - 1;
    this.#since = now;
    return Math.max(0, (-this.#tokens / this.#perSecond) * 1000);
  }

  /** Resolves when a token is there. Rejects with an AbortError when the signal says so. */
  async wait(signal: AbortSignal): Promise<void> {
    const milliseconds = this.take();
    if (milliseconds > 0) await sleep(milliseconds, undefined, { signal });
  }
}
