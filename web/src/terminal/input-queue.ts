import { pieces } from './pieces.ts';

/** Messages that may be under way at once: typing never waits, a paste doesn't flood the server. */
const underWay = 8;

/** Sends what is typed and pasted in order, in pieces, waiting for acknowledgements when many are under way. */
export class InputQueue {
  readonly #waiting: string[] = [];
  readonly #send: (piece: string) => Promise<unknown>;
  readonly #onFail: (error: unknown) => void;
  #sending = 0;

  /** @param onFail what was waiting has been dropped: sent again, it might run a command twice. */
  constructor(send: (piece: string) => Promise<unknown>, onFail: (error: unknown) => void) {
    this.#send = send;
    this.#onFail = onFail;
  }

  push(text: string): void {
    for (const piece of pieces(text)) this.#waiting.push(piece);
    this.#pump();
  }

  #pump(): void {
    while (this.#sending < underWay) {
      const piece = this.#waiting.shift();
      if (piece === undefined) return;
      this.#sending++;
      void this.#deliver(piece);
    }
  }

  async #deliver(piece: string): Promise<void> {
    try {
      await this.#send(piece);
    } catch (error) {
      this.#waiting.length = 0;
      this.#onFail(error);
    }
    this.#sending--;
    this.#pump();
  }
}
