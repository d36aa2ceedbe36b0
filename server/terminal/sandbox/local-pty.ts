import { spawn } from '@lydell/node-pty';
import { writeSync } from 'node:fs';
import type { Size } from '../../contract/terminal.ts';
import { isNodeError } from '../folders.ts';
import type { Pty, PtyListeners } from '../pty.ts';
import type { Launch } from './launch.ts';
import { endTree, vanished } from './processes.ts';

/** A shell's process on this machine. */
export interface LocalPty extends Pty {
  readonly pid: number;
}

export type StartPty = (launch: Launch, size: Size, listeners: PtyListeners) => LocalPty;

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
      if (!open) return;
      const below = await endTree(pty.pid);
      // A sandbox's first process goes last. Until it has, something could still write where files are about to go.
      await vanished(below.filter(({ depth }) => depth === 1));
    },
  };
};
