/**
 * Keeps the place in a terminal's output, so that a reconnect loses nothing and doubles nothing. Positions count the
 * bytes of all that the terminal ever wrote.
 */
export class ReplayCursor {
  #next = 0;

  /** The position of the first byte that has not been taken yet: what to ask for after a reconnect. */
  get next(): number {
    return this.#next;
  }

  /**
   * The server sends from `from` on. When scrollback no longer reaches back to where we are, the rest is gone.
   * @returns how many bytes are missing.
   */
  startAt(from: number): number {
    const missing = Math.max(0, from - this.#next);
    this.#next += missing;
    return missing;
  }

  /** Takes a piece of output. @returns the part of it that is new; empty when all of it was there before. */
  take(offset: number, data: Uint8Array): Uint8Array {
    const end = offset + data.length;
    if (end <= this.#next) return data.subarray(data.length);
    const fresh = offset < this.#next ? data.subarray(this.#next - offset) : data;
    this.#next = end;
    return fresh;
  }
}
