import { HaechiError, toProblem } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Kube } from './kube.ts';
import type { StatusBoard } from './status-board.ts';

/** A cluster's start, which is made once: whoever asks for it waits for the same, and can end it. */
export class ClusterStart {
  readonly #board: StatusBoard;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #reached = Promise.withResolvers<Kube>();
  #work: Promise<void> | undefined;

  constructor(board: StatusBoard, log: Log) {
    this.#board = board;
    this.#log = log;
    // Whoever began the start is told of its failure; nobody needs to wait for this.
    this.#reached.promise.catch(() => undefined);
  }

  /** Aborts when it is to end. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Begins the work, or waits for what was begun; any of the signals given ends it. */
  async begin(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    if (signal.aborted) this.end();
    else signal.addEventListener('abort', () => this.end(), { once: true });
    this.#work ??= work();
    await this.#work;
  }

  /** What `tellReached` is told; rejects when it fails before. */
  async reached(): Promise<Kube> {
    return this.#reached.promise;
  }

  /** The API answers, and may be written to. */
  tellReached(kube: Kube): void {
    this.#reached.resolve(kube);
  }

  end(): void {
    this.#stop.abort();
  }

  /** Resolves when nothing of it is under way. How it went is told to whoever began it. */
  async settled(): Promise<void> {
    await this.#work?.catch(() => undefined);
  }

  /**
   * Tells on the status board that it came to nothing, and why.
   * @param words for the log, of what nobody foresaw.
   * @throws HaechiError `cluster-stopped` when it was ended; else the error
   */
  fail(error: unknown, words: string): never {
    if (this.signal.aborted) {
      this.#board.tell('stopped');
      const stopped = new HaechiError('cluster-stopped', {}, { cause: error });
      this.#reached.reject(stopped);
      throw stopped;
    }
    this.#reached.reject(error);
    this.#board.tellProblem(toProblem(error, (unexpected, id) => this.#log.error({ err: unexpected, id }, words)));
    throw error;
  }
}
