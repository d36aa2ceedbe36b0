import type { Log } from '../log.ts';

/** What must be let go of, each when what came after it has been. */
export class UndoStack {
  readonly #log: Log;
  readonly #undo: (() => Promise<void> | void)[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  push(undo: () => Promise<void> | void): void {
    this.#undo.push(undo);
  }

  /** Never rejects: what can't be undone is logged, the others must still be. */
  async undoAll(): Promise<void> {
    for (let undo = this.#undo.pop(); undo; undo = this.#undo.pop()) {
      try {
        await undo();
      } catch (error) {
        this.#log.error({ err: error }, 'a part of the cluster did not stop cleanly');
      }
    }
  }
}
