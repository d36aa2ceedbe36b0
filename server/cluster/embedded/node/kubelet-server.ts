import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Log } from '../../../log.ts';
import type { Container, ExecProcess } from './container.ts';
import { serveExec } from './exec-stream.ts';
import { PortForwardServer, type ForwardedPod } from './port-forward.ts';
import { readLogRequest, streamLog } from './log-stream.ts';

/** A container as the kubelet's API shows it. */
export interface ServedContainer {
  current: Container | undefined;
  previous: Container | undefined;
  /** Why there is no current one. */
  waiting: string | undefined;
}

/** What the server needs to know of a pod. */
interface ServedPod extends ForwardedPod {
  container(name: string): ServedContainer | undefined;
}

export interface KubeletServerOptions {
  certificates: { servingCertificate: string; servingKey: string; clientAuthority: string };
  address: string;
  log: Log;
  find: (namespace: string, pod: string) => ServedPod | undefined;
}

/** The kubelet's HTTPS API, as far as the API server passes kubectl's logs, exec, attach and port-forward on. */
export class KubeletServer {
  readonly #options: KubeletServerOptions;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => ['v5.channel.k8s.io', 'v4.channel.k8s.io'].find((name) => offered.has(name)) ?? false,
  });

  readonly #portForward = new PortForwardServer();

  constructor(options: KubeletServerOptions) {
    this.#options = options;
    const { servingCertificate, servingKey, clientAuthority } = options.certificates;
    this.#server = createServer(
      { cert: servingCertificate, key: servingKey, ca: clientAuthority, requestCert: true, rejectUnauthorized: true },
      (request, response) => this.#answer(request, response),
    );
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  async start(): Promise<void> {
    this.#server.listen(0, this.#options.address);
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#portForward.stop();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'https://node');
    const [, verb, namespace = '', pod = '', name = ''] = url.pathname.split('/');
    if (verb === 'healthz') {
      response.end('ok');
      return;
    }
    if (verb !== 'containerLogs') {
      response.writeHead(501).end(`the simulated node doesn't serve ${verb ?? ''} yet\n`);
      return;
    }
    const found = this.#options.find(namespace, pod)?.container(name);
    const wanted = readLogRequest(url.searchParams);
    const container = wanted.previous ? found?.previous : found?.current;
    if (!found) response.writeHead(404).end(`pod "${pod}" or its container "${name}" is not on this node\n`);
    else if (!container) {
      const message = wanted.previous
        ? `previous terminated container "${name}" in pod "${pod}" not found`
        : `container "${name}" in pod "${pod}" is waiting to start: ${found.waiting ?? 'ContainerCreating'}`;
      response.writeHead(400).end(message);
    } else streamLog(container, wanted, response);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'https://node');
    const [, verb, namespace = '', pod = '', name = ''] = url.pathname.split('/');
    const refuse = (status: string, message: string) =>
      socket.end(
        `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(message)}\r\nConnection: close\r\n\r\n${message}`,
      );
    const found = this.#options.find(namespace, pod);
    if (verb === 'portForward') {
      if (!found) refuse('404 Not Found', 'pod does not exist');
      else if (!this.#portForward.upgrade(request, socket, head, found))
        refuse('400 Bad Request', 'the simulated node forwards ports over WebSockets only');
      return;
    }
    if (verb !== 'exec' && verb !== 'attach') {
      refuse('501 Not Implemented', `the simulated node doesn't serve ${verb ?? ''}`);
      return;
    }
    const container = found?.container(name)?.current;
    if (!container) {
      refuse('404 Not Found', `container not found ("${name}")`);
      return;
    }
    const flag = (key: string) => ['1', 'true'].includes(url.searchParams.get(key) ?? '');
    this.#sockets.handleUpgrade(request, socket, head, (client) => {
      let process: ExecProcess | Error;
      try {
        process =
          verb === 'attach'
            ? container.attach()
            : container.exec({
                command: url.searchParams.getAll('command'),
                tty: flag('tty'),
                stdin: flag('input') || flag('stdin'),
              });
      } catch (error) {
        process = error instanceof Error ? error : new Error(String(error));
      }
      serveExec(client, process);
    });
  }
}
