import type { Exec } from '@kubernetes/client-node';
import { execOf } from '../../cluster/exec.ts';
import type { Kube } from '../../cluster/kube.ts';
import type { OpenLink } from './link.ts';

/** Channels of the `*.channel.k8s.io` protocols (k8s.io/apimachinery, util/remotecommand). */
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3 };
const openWithinMs = 10_000;
const closeWithinMs = 1_000;

export interface Container {
  namespace: string;
  pod: string;
  container: string;
}

/** Links that are a program each, started in a container by exec, with its input and output. */
export function execLinks(kube: Kube, { namespace, pod, container }: Container, command: readonly string[]): OpenLink {
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', stderr: 'true', tty: 'false' });
  for (const word of command) query.append('command', word);
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query.toString()}`;
  return async ({ onData, onClose }) => {
    let closed = false;
    let words = '';
    const { handler } = await execOf(kube);
    const opening = handler.connect(path, null, (stream, data: Buffer) => {
      if (closed) return false;
      if (stream === channel.stdout && data.length > 0) onData(data);
      if (stream === channel.stderr || stream === channel.status) words = data.toString('utf8').slice(0, 500);
      // The status comes when the program has ended.
      return stream !== channel.status;
    });
    const socket = await inTime(opening);
    socket.onclose = ({ reason }) => {
      if (closed) return;
      closed = true;
      onClose(words || reason || 'the connection broke');
    };
    return {
      send: (bytes) => {
        if (!closed) socket.send(Buffer.concat([Buffer.of(channel.stdin), bytes]));
      },
      close: () => {
        closed = true;
        socket.close();
        // One that is out of reach doesn't answer.
        setTimeout(() => socket.terminate(), closeWithinMs).unref();
      },
    };
  };
}

type Socket = Awaited<ReturnType<Exec['handler']['connect']>>;

async function inTime(opening: Promise<Socket>): Promise<Socket> {
  const { promise, reject } = Promise.withResolvers<never>();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    reject(new Error(`no answer within ${openWithinMs / 1000} s`));
  }, openWithinMs);
  const opened = opening.then(
    (socket) => {
      if (late) socket.terminate();
      return socket;
    },
    (error: unknown) => {
      // A WebSocket's failure is an event, not an Error.
      throw error instanceof Error ? error : new Error(messageOf(error));
    },
  );
  try {
    return await Promise.race([opened, promise]);
  } finally {
    clearTimeout(timer);
    opened.catch(() => undefined);
  }
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
