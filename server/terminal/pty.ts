import { spawn } from '@lydell/node-pty';
import { writeSync } from 'node:fs';
import type { Size } from '../contract/terminal.ts';
import { isNodeError } from './folders.ts';
import type { Launch } from './launch.ts';
import { endTree } from './processes.ts';

/** A process on a pseudo-terminal, in bytes. */
export interface Pty {
  readonly pid: number;
  /** How many of the bytes were taken: all, some, or none when its buffer is full. Never waits. */
  write(bytes: Buffer): number;
  resize(size: Size): void;
  /** No more output until `resume`. A little that was read already may still come. */
  pause(): void;
  resume(): void;
  /** Ends the process and all below it; resolves when they have been told, which `onExit` follows. */
  end(): Promise<void>;
}

export interface PtyListeners {
  onOutput: (bytes: Buffer) => void;
  onExit: (exitCode: number) => void;
}

export type StartPty = (launch: Launch, size: Size, listeners: PtyListeners) => Pty;

/** Starts a process on a new pseudo-terminal of this machine. */
export const startPty: StartPty = (launch, size, { onOutput, onExit }) => {
  const pty = spawn(launch.file, launch.args, {
    name: launch.env['TERM'] ?? 'xterm-256color',
    cols: size.columns,
    rows: size.rows,
    cwd: launch.cwd,
    env: launch.env,
    encoding: null,
  });
  // node-pty's own write goes through libuv, which takes a pseudo-terminal's master for a terminal that must be written
  // in one go: with a full buffer it spins until there is room, and the whole server with it. The descriptor is
  // non-blocking, so it is written to directly.
  if (!('fd' in pty) || typeof pty.fd !== 'number') throw new Error('node-pty has no file descriptor');
  const { fd } = pty;
  let open = true;
  pty.onData((data: unknown) => {
    if (Buffer.isBuffer(data)) onOutput(data);
  });
  pty.onExit(({ exitCode, signal }) => {
    open = false;
    onExit(signal ? 128 + signal : exitCode);
  });
  return {
    pid: pty.pid,
    write(bytes) {
      if (!open) return bytes.length;
      try {
        return writeSync(fd, bytes);
      } catch (error) {
        if (isNodeError(error) && error.code === 'EAGAIN') return 0;
        // Nobody is left on the other side; its exit is about to be told.
        if (isNodeError(error) && (error.code === 'EIO' || error.code === 'EBADF')) return bytes.length;
        throw error;
      }
    },
    resize: (to) => {
      if (open) pty.resize(to.columns, to.rows);
    },
    pause: () => pty.pause(),
    resume: () => pty.resume(),
    end: async () => {
      if (open) await endTree(pty.pid);
    },
  };
};
