import { createServer, connect, type Server, type Socket } from 'node:net';
import { chmod, chown, open, rm, type FileHandle } from 'node:fs/promises';
import { once } from 'node:events';
import { basename, dirname } from 'node:path';
import type { Log } from '../../log.ts';

export interface Target {
  host: string;
  port: number;
}

export interface ForwarderOptions {
  /** Path of the unix socket. One that is left from before is replaced. */
  path: string;
  target: Target;
  /** The only user who may connect; this process' own where it is undefined. */
  uid: number | undefined;
  log: Log;
  /** Connections at once; more are closed at once. */
  maxConnections?: number;
  connectTimeoutMs?: number;
}

/**
 * The outside end of a sandbox's only way out: what connects to the unix socket is connected to the API server, and
 * bytes go both ways untouched (TLS is between kubectl and the API server).
 */
export class Forwarder {
  target: Target;
  readonly #server: Server;
  readonly #folder: FileHandle;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, folder: FileHandle, target: Target) {
    this.#server = server;
    this.#folder = folder;
    this.target = target;
  }

  static async open(options: ForwarderOptions): Promise<Forwarder> {
    const { path, uid, log, maxConnections = 64, connectTimeoutMs = 10_000 } = options;
    await rm(path, { force: true });
    // unix(7) allows 107 bytes for a path; a data folder's may be longer, so the socket is named by its open folder.
    const folder = await open(dirname(path));
    const server = createServer({ allowHalfOpen: true });
    const forwarder = new Forwarder(server, folder, options.target);
    server.maxConnections = maxConnections;
    server.on('connection', (inner) => forwarder.#join(inner, connectTimeoutMs, log));
    server.listen(`/proc/self/fd/${folder.fd}/${basename(path)}`);
    await once(server, 'listening');
    server.on('error', (error) => log.warn({ err: error, path }, 'forwarder failed'));
    if (uid !== undefined) await chown(path, uid, uid);
    await chmod(path, 0o600);
    return forwarder;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await this.#folder.close();
  }

  #join(inner: Socket, connectTimeoutMs: number, log: Log): void {
    const outer = connect({ ...this.target, allowHalfOpen: true, noDelay: true, keepAlive: true });
    const timeout = setTimeout(() => outer.destroy(new Error('timed out')), connectTimeoutMs);
    outer.once('connect', () => clearTimeout(timeout));
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', (error) => log.debug({ err: error, target: this.target }, 'forwarded connection broke'));
      socket.once('close', () => {
        clearTimeout(timeout);
        this.#sockets.delete(socket);
        other.destroySoon();
      });
      socket.pipe(other);
    }
  }
}
