import type { Readable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ExecProcess } from './container.ts';

/** Channels of the remote command protocol (k8s.io/apimachinery, pkg/util/remotecommand): the first byte of a message. */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** How many bytes may wait in a WebSocket before the process has to. */
const mostBuffered = 1024 * 1024;

/**
 * Connects a process with a WebSocket of v4 or v5.channel.k8s.io. At its end a Status goes over the error channel, with the
 * exit code as a kubelet writes it.
 * @param process what was started, or why it wasn't.
 */
export function serveExec(client: WebSocket, process: ExecProcess | Error): void {
  const send = (number: number, data: Uint8Array | string) =>
    client.send(Buffer.concat([Buffer.from([number]), Buffer.from(data)]));
  if (process instanceof Error) {
    send(channel.error, JSON.stringify(internalError(process.message)));
    client.close(1000);
    return;
  }
  client.on('message', (message: Buffer) => {
    const [number] = message;
    const data = message.subarray(1);
    if (number === channel.stdin) process.write(data);
    else if (number === channel.resize) {
      const size = parseSize(data.toString());
      if (size) process.resize(size.Width, size.Height);
    } else if (number === channel.close && data[0] === channel.stdin) process.endInput();
  });
  client.on('close', () => process.kill());
  const copied = [copy(process.stdout, channel.stdout), copy(process.stderr, channel.stderr)];
  void Promise.all([process.exitCode, ...copied]).then(([code]) => {
    if (client.readyState !== client.OPEN) return;
    send(channel.error, JSON.stringify(exitStatus(code)));
    client.close(1000);
  });

  async function copy(stream: Readable, number: number): Promise<void> {
    for await (const data of stream as AsyncIterable<Buffer>) {
      if (client.readyState !== client.OPEN) return;
      send(number, data);
      while (client.bufferedAmount > mostBuffered) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function exitStatus(code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

function internalError(message: string): object {
  return {
    metadata: {},
    status: 'Failure',
    reason: 'InternalError',
    message: `Internal error occurred: ${message}`,
    code: 500,
  };
}

function parseSize(text: string): { Width: number; Height: number } | undefined {
  try {
    const { Width, Height } = JSON.parse(text) as { Width?: unknown; Height?: unknown };
    return typeof Width === 'number' && typeof Height === 'number' && Width > 0 && Height > 0
      ? { Width, Height }
      : undefined;
  } catch {
    // A client that sends no size keeps the one it had.
    return undefined;
  }
}
