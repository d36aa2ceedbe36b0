/** How often a filesystem is looked through for what it holds, at most: once in so many milliseconds. */
const restBetweenCounts = 1000;

/** How many bytes a filesystem holds. What is written is added up, and counted anew only when that comes to too much. */
export class Usage {
  #bytes = 0;
  #countedAt = 0;
  readonly #count: () => Promise<number>;

  /** @param count looks through the filesystem. */
  constructor(count: () => Promise<number>) {
    this.#count = count;
  }

  /** At least what is held; what was overwritten or removed may still be in it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Reserves room. @returns false when that would be more than `most`. */
  async take(bytes: number, most: number): Promise<boolean> {
    if (this.#bytes + bytes > most) await this.counted();
    if (this.#bytes + bytes > most) return false;
    this.#bytes += bytes;
    return true;
  }

  /** What is held, counted anew unless that has just been done. */
  async counted(): Promise<number> {
    if (Date.now() - this.#countedAt < restBetweenCounts) return this.#bytes;
    this.#countedAt = Date.now();
    this.#bytes = await this.#count();
    return this.#bytes;
  }
}
