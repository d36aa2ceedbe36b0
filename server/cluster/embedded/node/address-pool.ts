/** Hands out pod addresses of 10.244.0.0/16, in turn, so that an address isn't used again at once. */
export class AddressPool {
  readonly #taken = new Set<string>();
  #next = 10;

  /** Takes a given address: a pod had it before the platform was started again. @returns false if it is another's. */
  adopt(address: string): boolean {
    if (!/^10\.244\.\d+\.\d+$/.test(address) || this.#taken.has(address)) return false;
    this.#taken.add(address);
    return true;
  }

  take(): string {
    for (let tries = 0; tries < 65_000; tries++) {
      const index = this.#next++ % 65_000;
      const address = `10.244.${index >> 8}.${index & 255}`;
      if ((index & 255) > 1 && (index & 255) < 255 && this.adopt(address)) return address;
    }
    throw new Error('all pod addresses are taken');
  }

  release(address: string): void {
    this.#taken.delete(address);
  }
}
