import { HaechiError } from '../errors.ts';

export const inputLimits = {
  /** Writers wait while there is more than this. */
  calmBytes: 64 << 10,
  mostBytes: 4 << 20,
};

const firstRetryMs = 1;
const lastRetryMs = 20;

/** What is typed or pasted into a terminal, in order, at the pace that the program there reads it. */
export class InputQueue {
  readonly #write: (bytes: Buffer) => number;
  #waiting: Buffer[] = [];
  #bytes = 0;
  #halfCharacter = '';
  #writers: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #retryMs = firstRetryMs;

  /** @param write takes as many bytes as it can and says how many; never waits. */
  constructor(write: (bytes: Buffer) => number) {
    this.#write = write;
  }

  /** Resolves when more may come. @throws HaechiError `terminal-input-full` and takes nothing. */
  push(text: string): Promise<void> {
    const whole = this.#halfCharacter + text;
    // A client that cuts a paste into pieces may cut a character outside the basic plane in two.
    const cut = /[\ud800-\udbff]$/.test(whole) ? -1 : whole.length;
    const bytes = Buffer.from(whole.slice(0, cut));
    if (this.#bytes + bytes.length > inputLimits.mostBytes) {
      return Promise.reject(new HaechiError('terminal-input-full', { megabytes: inputLimits.mostBytes >> 20 }));
    }
    this.#halfCharacter = cut < 0 ? whole.slice(cut) : '';
    if (bytes.length > 0) {
      this.#waiting.push(bytes);
      this.#bytes += bytes.length;
    }
    if (!this.#timer) this.#drain();
    if (this.#bytes <= inputLimits.calmBytes) return Promise.resolve();
    return new Promise((resolve) => this.#writers.push(resolve));
  }

  /** Forgets what is waiting; writers go on. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
    this.#bytes = 0;
    this.#release();
  }

  #drain(): void {
    for (;;) {
      const [first] = this.#waiting;
      if (!first) break;
      const taken = this.#write(first);
      this.#bytes -= taken;
      if (taken > 0) this.#retryMs = firstRetryMs;
      if (taken < first.length) {
        this.#waiting[0] = first.subarray(taken);
        this.#timer = setTimeout(() => {
          this.#timer = undefined;
          this.#drain();
        }, this.#retryMs);
        this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
        break;
      }
      this.#waiting.shift();
    }
    if (this.#bytes <= inputLimits.calmBytes) this.#release();
  }

  #release(): void {
    for (const resolve of this.#writers.splice(0)) resolve();
  }
}
