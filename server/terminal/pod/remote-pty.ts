import type { Size } from '../../contract/terminal.ts';
import type { Log } from '../../log.ts';
import type { Pty, PtyListeners } from '../pty.ts';
import type { Link, OpenLink } from './link.ts';
import { decodePosition, encode, encodePosition, MessageReader, type Message } from './messages.ts';

export interface RemotePtyOptions {
  openLink: OpenLink;
  number: number;
  size: Size;
  /** Starts the shell; undefined for one that has been started. */
  program: readonly string[] | undefined;
  /** Position behind the last output that is kept. */
  after: number;
  listeners: PtyListeners;
  /** The agent doesn't know the shell: it ended with the one that did. */
  onLost: () => void;
  log: Log;
}

/** Input that the program may not have read yet; more has to wait. */
const mostInputBytes = 64 << 10;
/** Output that may have arrived before the agent is told. */
const hearBytes = 32 << 10;
const firstRetryMs = 50;
const lastRetryMs = 3_000;
const lookEveryMs = 5_000;
const silentMs = 15_000;
const endWithinMs = 5_000;

/**
 * A shell in a workbench pod, whose agent keeps it while the way there is cut off. Input and output have positions on both
 * sides, so that after a cut each side sends what the other doesn't have, and nothing twice.
 */
export class RemotePty implements Pty {
  readonly #options: RemotePtyOptions;
  #size: Size;
  #link: Link | undefined;
  /** Set once the agent has answered on this link. */
  #found = false;
  #started: boolean;
  readonly #greeted = Promise.withResolvers<undefined>();
  #knowsInput = false;
  #over = false;
  #ending = false;
  #paused = false;
  /** Position behind the output that has arrived, and what the agent knows of it. */
  #received: number;
  #acknowledged: number;
  /** What was typed from `#taken` on: the program has read what is before it. */
  #input: Buffer = Buffer.alloc(0);
  #taken = 0;
  #retryMs = firstRetryMs;
  #retry: NodeJS.Timeout | undefined;
  #heardAt = 0;
  readonly #look: NodeJS.Timeout;

  constructor(options: RemotePtyOptions) {
    this.#options = options;
    this.#size = options.size;
    this.#started = options.program === undefined;
    this.#received = options.after;
    this.#acknowledged = options.after;
    this.#look = setInterval(() => this.#lookAfterLink(), lookEveryMs);
    void this.#connect();
  }

  /** Resolves when the shell has been found to run, or to have ended. */
  get greeted(): Promise<undefined> {
    return this.#greeted.promise;
  }

  write(bytes: Buffer): number {
    if (this.#over) return bytes.length;
    const taken = bytes.subarray(0, Math.max(0, mostInputBytes - this.#input.length));
    if (taken.length === 0) return 0;
    const position = this.#taken + this.#input.length;
    this.#input = Buffer.concat([this.#input, taken]);
    if (this.#found) this.#send('I', Buffer.concat([encodePosition(position), taken]));
    return taken.length;
  }

  resize(size: Size): void {
    this.#size = size;
    if (this.#found) this.#sendSize();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#acknowledge(1);
  }

  /** Resolves also when nobody answers: what is ended then is the pod's business. */
  async end(): Promise<void> {
    if (this.#over) return;
    this.#ending = true;
    if (this.#found) this.#send('E');
    setTimeout(() => this.finish(null), endWithinMs).unref();
    await Promise.resolve();
  }

  leave(): void {
    this.#over = true;
    clearInterval(this.#look);
    clearTimeout(this.#retry);
    this.#drop();
  }

  /** There is no shell any more. */
  finish(exitCode: number | null): void {
    if (this.#over) return;
    this.leave();
    this.#greeted.resolve(undefined);
    this.#options.listeners.onExit(exitCode);
  }

  async #connect(): Promise<void> {
    this.#retry = undefined;
    const reader = new MessageReader();
    let link: Link | undefined;
    try {
      link = await this.#options.openLink({
        onData: (bytes) => this.#read(reader, bytes),
        onClose: (reason) => this.#lost(reason),
      });
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#over) {
      link.close();
      return;
    }
    this.#link = link;
    this.#heardAt = performance.now();
    const { program, number } = this.#options;
    if (this.#started || !program)
      this.#send('A', Buffer.concat([encodePosition(this.#received), Buffer.from(String(number))]));
    else this.#send('S', [number, this.#size.columns, this.#size.rows, ...program].join('\0'));
  }

  #read(reader: MessageReader, bytes: Buffer): void {
    this.#heardAt = performance.now();
    try {
      for (const message of reader.read(bytes)) {
        if (this.#over) return;
        this.#handle(message);
      }
    } catch (error) {
      this.#drop();
      this.#lost(error instanceof Error ? error.message : String(error));
    }
  }

  #handle({ letter, rest }: Message): void {
    switch (letter) {
      case 'H':
        this.#greet(decodePosition(rest), decodePosition(rest, 8));
        return;
      case 'O':
        this.#take(decodePosition(rest), rest.subarray(8));
        return;
      case 'T':
        this.#forgetInput(decodePosition(rest));
        return;
      case 'X':
        this.#send('F');
        this.finish(rest.readUInt32BE() & 0xff);
        return;
      case 'N':
        this.#options.onLost();
        this.finish(null);
        return;
    }
  }

  /** @param start where output goes on. @param arrived position behind the input that has arrived there. */
  #greet(start: number, arrived: number): void {
    this.#started = true;
    this.#found = true;
    this.#retryMs = firstRetryMs;
    if (start > this.#received) {
      this.#options.listeners.onGap?.(start);
      this.#received = start;
    }
    this.#acknowledged = Math.min(this.#received, start);
    // A server that has been started anew has sent nothing yet, whatever the last one did.
    if (!this.#knowsInput) this.#taken = arrived;
    this.#knowsInput = true;
    const missing = this.#input.subarray(Math.max(0, arrived - this.#taken));
    this.#sendSize();
    if (missing.length > 0)
      this.#send('I', Buffer.concat([encodePosition(this.#taken + this.#input.length - missing.length), missing]));
    this.#acknowledge(1);
    if (this.#ending) this.#send('E');
    this.#greeted.resolve(undefined);
  }

  #take(position: number, bytes: Buffer): void {
    const fresh = bytes.subarray(Math.max(0, this.#received - position));
    if (position > this.#received) throw new Error(`output at ${position} came when ${this.#received} was due`);
    this.#received += fresh.length;
    if (fresh.length > 0) this.#options.listeners.onOutput(fresh);
    this.#acknowledge(hearBytes);
  }

  #forgetInput(position: number): void {
    const read = Math.min(this.#input.length, position - this.#taken);
    if (read <= 0) return;
    this.#input = this.#input.subarray(read);
    this.#taken += read;
  }

  #acknowledge(least: number): void {
    if (this.#paused || !this.#found || this.#received - this.#acknowledged < least) return;
    this.#acknowledged = this.#received;
    this.#send('K', encodePosition(this.#received));
  }

  #sendSize(): void {
    this.#send('Z', `${this.#size.columns}\0${this.#size.rows}`);
  }

  #send(letter: string, rest?: Buffer | string): void {
    this.#link?.send(encode(letter, rest));
  }

  #lost(reason: string): void {
    if (this.#over || this.#retry !== undefined) return;
    this.#options.log.debug({ reason, number: this.#options.number }, 'the way to a shell is cut off');
    this.#drop();
    this.#retry = setTimeout(() => void this.#connect(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
  }

  #drop(): void {
    this.#found = false;
    this.#link?.close();
    this.#link = undefined;
  }

  /** A cut that nobody tells of shows by silence. */
  #lookAfterLink(): void {
    if (!this.#link) return;
    if (performance.now() - this.#heardAt > silentMs) this.#lost('silence');
    else this.#send('P');
  }
}
