import type { PtyListeners } from '../../../server/terminal/pty.ts';
import type { LocalPty, StartPty } from '../../../server/terminal/sandbox/local-pty.ts';

/** A pseudo-terminal that the test drives: it writes like a program that never tires, and reads as slowly as told. */
export class FakePty implements LocalPty {
  readonly pid = -1;
  paused = false;
  /** What the program could read so far. */
  read = '';
  /** Bytes that its buffer still takes. */
  room = Infinity;
  ended = false;
  listeners: PtyListeners;

  constructor(listeners: PtyListeners) {
    this.listeners = listeners;
  }

  write(bytes: Buffer): number {
    const taken = bytes.subarray(0, Math.min(this.room, bytes.length));
    this.room -= taken.length;
    this.read += taken.toString('latin1');
    return taken.length;
  }

  resize(): void {
    // Its program doesn't care.
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): Promise<void> {
    this.ended = true;
    this.listeners.onExit(137);
    return Promise.resolve();
  }

  /** Writes as long as it is let, at most so many pieces. Returns how many bytes went. */
  flood(piece: Buffer, pieces: number): number {
    let written = 0;
    for (let count = 0; count < pieces && !this.paused; count++) {
      this.listeners.onOutput(piece);
      written += piece.length;
    }
    return written;
  }
}

/** @param started gets each one that is started. */
export function fakePtys(started: FakePty[]): StartPty {
  return (_launch, _size, listeners) => {
    const pty = new FakePty(listeners);
    started.push(pty);
    return pty;
  };
}
