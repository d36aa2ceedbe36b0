import { PassThrough } from 'node:stream';
import type { V1Status } from '@kubernetes/client-node';
import { execOf } from '../../exec.ts';
import type { Kube } from '../../kube.ts';

export interface RunResult {
  /** Null when the deadline came first. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  argv: readonly string[];
  /** What it reads; its input does not end, so it has to know how much that is. */
  input?: string;
  /** How long it may run, counted from when it has been started. */
  timeoutMs: number;
  signal: AbortSignal;
}

export interface ContainerPlace {
  namespace: string;
  pod: string;
  container: string;
}

/** How long the API server, kubelet and runtime may take to start a program. */
const startMs = 10_000;
/** More output than any probe has. */
const mostOutput = 1_000_000;

/** The program could not be run: no such container, no way to the kubelet. */
export class CannotRun extends Error {}

/**
 * Runs a program in a container (pods/exec over WebSocket). One that is over its deadline is left to end by itself: no
 * kubelet ends what an exec has started.
 * @throws CannotRun; the signal's reason when aborted
 */
export async function runInContainer(
  kube: Kube,
  { namespace, pod, container }: ContainerPlace,
  { argv, input, timeoutMs, signal }: RunOptions,
): Promise<RunResult> {
  const exec = await execOf(kube);
  signal.throwIfAborted();
  const [stdout, stderr] = [collect(), collect()];
  const ended = Promise.withResolvers<number | null>();
  const onStatus = (status: V1Status) => {
    try {
      ended.resolve(exitCodeOf(status));
    } catch (error) {
      ended.reject(error);
    }
  };
  const opening = exec.exec(
    namespace,
    pod,
    container,
    [...argv],
    stdout.stream,
    stderr.stream,
    input === undefined ? null : opened(input),
    false,
    onStatus,
  );
  const abort = () => ended.reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  let timer = setTimeout(() => ended.reject(new CannotRun(`no answer within ${startMs / 1000} s`)), startMs);
  const closing = opening.then((socket) => {
    clearTimeout(timer);
    timer = setTimeout(() => ended.resolve(null), timeoutMs);
    socket.onclose = ({ reason }) => ended.reject(new CannotRun(reason || 'the connection ended'));
    return socket;
  });
  closing.catch((error: unknown) => ended.reject(new CannotRun(reasonOf(error))));
  try {
    const exitCode = await ended.promise;
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    // Also one that opens after all.
    closing.then(
      (socket) => socket.close(),
      () => undefined,
    );
  }
}

function exitCodeOf({ status, message, details }: V1Status): number {
  if (status === 'Success') return 0;
  const code = details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (code === undefined) throw new CannotRun(message ?? 'it could not be started');
  return Number(code);
}

function opened(text: string): PassThrough {
  const stream = new PassThrough();
  stream.write(text);
  return stream;
}

function collect(): { stream: PassThrough; text: () => string } {
  const stream = new PassThrough();
  const pieces: Buffer[] = [];
  let size = 0;
  stream.on('data', (piece: Buffer) => {
    size += piece.length;
    if (size <= mostOutput) pieces.push(piece);
  });
  return { stream, text: () => Buffer.concat(pieces).toString('utf8') };
}

/** A WebSocket's failure is an event, not an Error. */
function reasonOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
