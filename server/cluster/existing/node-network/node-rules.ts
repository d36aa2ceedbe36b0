const retryMs = 1000;

/** The rules of one node: the newest are put in force, one after the other, until it is the newest that are. */
export class NodeRules {
  readonly node: string;
  readonly #put: (ruleset: string, signal: AbortSignal) => Promise<void>;
  readonly #onChange: () => void;
  readonly #stopping = new AbortController();
  #wanted = '';
  #inForce = '';
  #failure = '';
  /** How often they were taken away. */
  #taken = 0;
  #work: Promise<void> | undefined;

  /**
   * @param put puts a ruleset in force.
   * @param onChange called after each try.
   */
  constructor(node: string, put: (ruleset: string, signal: AbortSignal) => Promise<void>, onChange: () => void) {
    this.node = node;
    this.#put = put;
    this.#onChange = onChange;
  }

  /** Whether those that are wanted are in force. */
  get upToDate(): boolean {
    return this.#wanted !== '' && this.#inForce === this.#wanted;
  }

  /** Why the last try failed; empty when it didn't. */
  get failure(): string {
    return this.#failure;
  }

  want(ruleset: string): void {
    this.#wanted = ruleset;
    this.#start();
  }

  /** Somebody else may have taken them away. */
  again(): void {
    this.#taken++;
    this.#inForce = '';
    this.#start();
  }

  #start(): void {
    this.#work ??= this.#bringUpToDate().finally(() => (this.#work = undefined));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
  }

  async #bringUpToDate(): Promise<void> {
    const { signal } = this.#stopping;
    while (!this.upToDate && !signal.aborted) {
      await this.#try(this.#wanted, signal);
      if (this.#failure !== '') await pause(retryMs, signal);
    }
  }

  async #try(ruleset: string, signal: AbortSignal): Promise<void> {
    const taken = this.#taken;
    try {
      await this.#put(ruleset, signal);
      // What was put while they were taken away may have been taken, too.
      if (taken === this.#taken) this.#inForce = ruleset;
      this.#failure = '';
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
    }
    if (!signal.aborted) this.#onChange();
  }
}

/** Ends early when aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, signal.aborted ? 0 : ms);
    signal.addEventListener('abort', end);
  });
}
