import type { Terminal, TerminalOutput } from '../contract/terminal.ts';
import type { Scrollback } from './scrollback.ts';
import type { TerminalView } from './service.ts';

/** How far output may be ahead of what a client has shown. */
export const windowBytes = 256 << 10;
const frameBytes = 16 << 10;

/** Sends a terminal's output to one client, at the client's pace. */
export class View implements TerminalView {
  readonly from: number;
  readonly #source: { terminal(): Terminal; scrollback: Scrollback };
  readonly #write: (output: TerminalOutput) => void;
  readonly #changed: (view: View) => void;
  #opening: Buffer<ArrayBuffer>;
  #sent: number;
  #seen: number;
  #started = false;
  #attached = true;

  /** @param changed is called when the client has caught up a bit or has gone. */
  constructor(
    source: { terminal(): Terminal; scrollback: Scrollback },
    after: number,
    write: (output: TerminalOutput) => void,
    changed: (view: View) => void,
  ) {
    this.#source = source;
    this.#write = write;
    this.#changed = changed;
    const { start } = source.scrollback;
    this.#opening = after < start ? source.scrollback.opening() : Buffer.alloc(0);
    this.#sent = Math.max(after, start);
    // What sets modes anew takes the place of as many bytes that are gone, so that positions stay right.
    this.from = this.#sent - this.#opening.length;
    this.#seen = this.from;
    setImmediate(() => {
      this.#started = true;
      this.pump();
    });
  }

  get terminal(): Terminal {
    return this.#source.terminal();
  }

  get attached(): boolean {
    return this.#attached;
  }

  /** The position up to which the client has shown everything. */
  get position(): number {
    return this.#seen;
  }

  seen(offset: number): void {
    if (offset <= this.#seen) return;
    this.#seen = Math.min(offset, this.#sent);
    this.pump();
    this.#changed(this);
  }

  detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#changed(this);
  }

  /** Sends what there is, as far as the client's window reaches. */
  pump(): void {
    if (!this.#started) return;
    const { scrollback } = this.#source;
    while (this.#attached && this.#sent < scrollback.end && this.#sent - this.#seen < windowBytes) {
      if (this.#sent < scrollback.start) {
        this.#opening = scrollback.opening();
        this.#sent = scrollback.start;
      }
      const opening = this.#opening;
      this.#opening = Buffer.alloc(0);
      const bytes = scrollback.read(this.#sent, frameBytes);
      const offset = this.#sent - opening.length;
      this.#sent += bytes.length;
      const data = opening.length > 0 ? Buffer.concat([opening, bytes]) : bytes;
      this.#write({ terminal: this.terminal.id, offset, data });
    }
  }
}
