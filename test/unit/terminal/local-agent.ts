import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { OpenLink } from '../../../server/terminal/pod/link.ts';

const program = join(import.meta.dirname, '../../../images/workbench/agent');

/** The agent of a workbench pod as a process of this machine, and links to it that a test can cut. */
export class LocalAgent {
  readonly process: ChildProcess;
  /** Links can't be opened. */
  away = false;
  readonly #name = `haechi-test-${randomBytes(6).toString('hex')}`;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.process = spawn('perl', [program, this.#name], { stdio: 'ignore' });
  }

  readonly openLink: OpenLink = async ({ onData, onClose }) => {
    if (this.away) throw new Error('away');
    const socket = await this.connect();
    let closed = false;
    socket.on('data', (data) => {
      if (!closed) onData(data);
    });
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (!closed) onClose('cut');
      closed = true;
    });
    return {
      send: (bytes) => void socket.write(bytes),
      close: () => {
        closed = true;
        socket.end();
      },
    };
  };

  /** A bare connection, once the agent listens. */
  async connect(): Promise<Socket> {
    for (let tries = 0; ; tries++) {
      const socket = connect({ path: `\0${this.#name}` });
      socket.on('error', () => undefined);
      try {
        await once(socket, 'connect');
        this.#sockets.add(socket);
        return socket;
      } catch (error) {
        if (tries === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Breaks all links at once, whatever is under way on them. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }
}
