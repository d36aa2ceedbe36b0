import type { Size } from '../contract/terminal.ts';

/** A process on a pseudo-terminal, wherever it runs, in bytes. */
export interface Pty {
  /** How many of the bytes were taken: all, some, or none when its buffer is full. Never waits. */
  write(bytes: Buffer): number;
  resize(size: Size): void;
  /** No more output until `resume`. A little that was read already may still come. */
  pause(): void;
  resume(): void;
  /** Ends the process and all below it; resolves when they have been told, which `onExit` follows. */
  end(): Promise<void>;
  /** Lets go of a process that goes on without the server; its listeners hear no more. */
  leave?(): void;
}

export interface PtyListeners {
  onOutput: (bytes: Buffer) => void;
  /** Output up to this position, counted from the process' start, can't be had any more. */
  onGap?: (position: number) => void;
  /** @param exitCode null where nobody can know it. */
  onExit: (exitCode: number | null) => void;
}
