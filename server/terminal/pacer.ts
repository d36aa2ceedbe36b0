/** A source of output that can be held. */
export interface Flow {
  hold(): void;
  release(): void;
}

const sliceBytes = 64 << 10;
const tickMs = 8;
/** Flows that go on at each tick: 16 MB/s for all together. */
const perTick = 2;
const unwatchedMs = 64;

interface Account {
  since: number;
  bytes: number;
  held: boolean;
}

/**
 * Shares the server's time among terminals: each may write 64 KiB in 8 ms freely, which nobody's typing exceeds; more,
 * and it waits its turn. One that nobody watches waits longer.
 */
export class Pacer {
  readonly #accounts = new Map<Flow, Account>();
  readonly #turns: Flow[] = [];
  readonly #unwatched = new Map<Flow, NodeJS.Timeout>();
  #ticking: NodeJS.Timeout | undefined;

  /** The flow has written so much. */
  spend(flow: Flow, bytes: number, watched: boolean): void {
    const now = performance.now();
    const account = this.#accounts.get(flow) ?? { since: now, bytes: 0, held: false };
    this.#accounts.set(flow, account);
    if (now - account.since > tickMs) {
      account.since = now;
      account.bytes = 0;
    }
    account.bytes += bytes;
    if (account.held || account.bytes < sliceBytes) return;
    account.held = true;
    flow.hold();
    if (watched) {
      this.#turns.push(flow);
      this.#ticking ??= setInterval(() => this.#tick(), tickMs);
    } else {
      const release = () => {
        this.#unwatched.delete(flow);
        this.#release(flow);
      };
      this.#unwatched.set(flow, setTimeout(release, unwatchedMs));
    }
  }

  /** The flow is over. */
  forget(flow: Flow): void {
    this.#accounts.delete(flow);
    clearTimeout(this.#unwatched.get(flow));
    this.#unwatched.delete(flow);
  }

  stop(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    for (const timer of this.#unwatched.values()) clearTimeout(timer);
    this.#unwatched.clear();
  }

  #tick(): void {
    for (const flow of this.#turns.splice(0, perTick)) this.#release(flow);
    if (this.#turns.length > 0) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  #release(flow: Flow): void {
    const account = this.#accounts.get(flow);
    if (!account) return;
    account.held = false;
    account.bytes = 0;
    account.since = performance.now();
    flow.release();
  }
}
