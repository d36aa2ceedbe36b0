import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '../../server/cluster/embedded/certificate-authority.ts';

/** Answers as an API server whose nodes are these. */
export class NodesApi {
  /** By name, whether it is ready. */
  readonly nodes = new Map<string, boolean>();
  asked = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<NodesApi> {
    const { certificate, key } = await createAuthority('nodes', 1);
    const server = createServer({ cert: certificate, key });
    const api = new NodesApi(server);
    server.on('request', (_, response) => {
      api.asked++;
      const items = [...api.nodes].map(([name, ready]) => ({
        metadata: { name },
        status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
      }));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ items }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return api;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
