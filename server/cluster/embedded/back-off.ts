/** How long to wait before the next try: doubled each time up to a limit, and short again after a long good run. */
export class BackOff {
  readonly #firstMs: number;
  readonly #limitMs: number;
  readonly #goodRunMs: number;
  #nextMs: number;

  constructor(options: { firstMs: number; limitMs: number; goodRunMs: number }) {
    this.#firstMs = options.firstMs;
    this.#limitMs = options.limitMs;
    this.#goodRunMs = options.goodRunMs;
    this.#nextMs = options.firstMs;
  }

  /** @param ranMs how long the try that just ended had lasted. */
  next(ranMs: number): number {
    if (ranMs >= this.#goodRunMs) this.#nextMs = this.#firstMs;
    const delay = this.#nextMs;
    this.#nextMs = Math.min(this.#nextMs * 2, this.#limitMs);
    return delay;
  }
}
