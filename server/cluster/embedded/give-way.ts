import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import { BackOff } from './back-off.ts';

export interface GiveWayOptions {
  /** Tells what gives way to wait, or to go on. It may reject: then it is called again. */
  hold: (held: boolean) => Promise<void>;
  /** So many pieces of urgent work at the same time begin it; it lasts until none is left. */
  several: number;
  /** How long others may have to wait, in milliseconds; then they go on, until there is none and several again. */
  longestMs: number;
  log: Log;
}

/** While several pieces of urgent work are under way, what nobody waits for is held, though never for long. */
export class GiveWay {
  readonly #options: GiveWayOptions;
  readonly #stopping = new AbortController();
  #underWay = 0;
  /** Since several were under way, until there is none: others wait until it is over, or have waited. */
  #longest: NodeJS.Timeout | undefined;
  #wanted = false;
  /** Undefined where no answer came: it may have been heard all the same. */
  #told: boolean | undefined = false;
  #work = Promise.resolve();

  constructor(options: GiveWayOptions) {
    this.#options = options;
  }

  /** Runs `work`, which somebody waits for; settles as it does. */
  readonly urgently = async <T>(work: () => Promise<T>): Promise<T> => {
    const { several, longestMs } = this.#options;
    if (++this.#underWay >= several && !this.#longest) {
      this.#want(true);
      this.#longest = setTimeout(() => this.#want(false), longestMs);
    }
    try {
      return await work();
    } finally {
      if (--this.#underWay === 0) {
        clearTimeout(this.#longest);
        this.#longest = undefined;
        this.#want(false);
      }
    }
  };

  /** Tells nothing more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#longest);
    await this.#work;
  }

  #want(held: boolean): void {
    this.#wanted = held;
    this.#work = this.#work.then(() => this.#settle());
  }

  /** Tells until what was told last is what is wanted. */
  async #settle(): Promise<void> {
    const { hold, log } = this.#options;
    const { signal } = this.#stopping;
    const backOff = new BackOff({ firstMs: 50, limitMs: 2000, goodRunMs: Infinity });
    while (this.#told !== this.#wanted && !signal.aborted) {
      const held = this.#wanted;
      try {
        await hold(held);
        this.#told = held;
      } catch (error) {
        this.#told = undefined;
        log.warn({ err: error, held }, 'what gives way could not be told; it is tried again');
        await sleep(backOff.next(0), undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
