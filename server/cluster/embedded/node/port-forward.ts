import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { PodSandbox } from './container.ts';
import { SpdySession, type SpdyStream } from './spdy/session.ts';

/** kubectl's frames of SPDY/3 inside a WebSocket (KEP 4006), which the API server passes through. */
const tunnel = 'SPDY/3.1+portforward.k8s.io';

/** How many bytes may wait in a WebSocket before more are sent. */
const mostBuffered = 1024 * 1024;

/** A pod as far as ports of it are forwarded. */
export interface ForwardedPod {
  readonly sandbox: PodSandbox;
  openPort(port: number): ((client: Duplex) => Promise<void>) | undefined;
}

/** `kubectl port-forward`, as a kubelet and its container runtime serve it. */
export class PortForwardServer {
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: 2 * 1024 * 1024 });

  constructor() {
    this.#sockets.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${tunnel}`));
  }

  /** @returns false when the client speaks something else; then nothing has been done. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, pod: ForwardedPod): boolean {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(tunnel)) return false;
    // A slash isn't allowed in such a name (RFC 6455, 4.1), and ws would refuse it.
    delete request.headers['sec-websocket-protocol'];
    this.#sockets.handleUpgrade(request, socket, head, (client) => forward(client, pod));
    return true;
  }

  stop(): void {
    for (const client of this.#sockets.clients) client.terminate();
  }
}

/** Each connection is a stream of data and one for what goes wrong, which is opened first; both have its number. */
function forward(client: WebSocket, pod: ForwardedPod): void {
  const errors = new Map<string, SpdyStream>();
  const session = new SpdySession({
    send: async (bytes) => {
      if (client.readyState === client.OPEN) client.send(bytes);
      while (client.readyState === client.OPEN && client.bufferedAmount > mostBuffered)
        await new Promise((resolve) => setTimeout(resolve, 5));
    },
    onStream: (stream) => {
      const id = stream.headers.get('requestid') ?? '';
      if (stream.headers.get('streamtype') === 'error') {
        stream.resume();
        errors.set(id, stream);
        stream.on('close', () => errors.delete(id));
      } else connect(stream, errors.get(id), pod);
    },
    onError: () => client.close(1002),
  });
  client.on('message', (message: Buffer) => session.receive(message));
  client.on('close', () => session.close());
  client.on('error', () => session.close());
}

function connect(data: SpdyStream, problems: SpdyStream | undefined, pod: ForwardedPod): void {
  const port = Number(data.headers.get('port'));
  const speak = pod.openPort(port);
  if (speak) {
    void speak(data).then(() => problems?.end());
    return;
  }
  // The kubelet's words around the container runtime's.
  const namespace = pod.sandbox.uid.replaceAll('-', '').repeat(2);
  const refused = `dial tcp4 127.0.0.1:${port}: connect: connection refused`;
  const place = `failed to execute portforward in network namespace "/var/run/netns/cni-${pod.sandbox.uid}"`;
  const why = `${place}: failed to connect to localhost:${port} inside namespace "${namespace}", IPv4: ${refused} IPv6 dial tcp6: address localhost: no suitable address found `;
  problems?.end(`error forwarding port ${port} to pod ${namespace}, uid : ${why}`);
  data.resume();
  data.end();
}
