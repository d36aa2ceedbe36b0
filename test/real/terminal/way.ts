import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Kube } from '../../../server/cluster/kube.ts';

/** A way to the API server that a test can cut: every connection on it, at once. */
export class Way {
  /** Connections are refused. */
  closed = false;
  readonly cluster: { server: string; 'tls-server-name': string };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, cluster: Way['cluster']) {
    this.#server = server;
    this.cluster = cluster;
  }

  static async open(kube: Kube): Promise<Way> {
    const { hostname, port } = new URL(kube.connection.cluster.server);
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const here = typeof address === 'object' && address ? address.port : 0;
    const way = new Way(server, { server: `https://127.0.0.1:${here}`, 'tls-server-name': 'kubernetes.default.svc' });
    server.on('connection', (inner) => {
      if (way.closed) {
        inner.destroy();
        return;
      }
      const outer = connect({ host: hostname, port: Number(port || 443), allowHalfOpen: true, noDelay: true });
      for (const [socket, other] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        way.#sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          way.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    return way;
  }

  get connections(): number {
    return this.#sockets.size / 2;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
