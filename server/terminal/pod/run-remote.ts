import { HaechiError } from '../../errors.ts';
import type { OpenLink } from './link.ts';
import { decodePosition, encode, encodePosition, MessageReader, type Message } from './messages.ts';

const mostOutputBytes = 1 << 20;

/**
 * Runs a program in a workbench pod without a terminal until it ends; what it leaves behind is ended, too. Output beyond
 * 1 MiB is dropped.
 * @param program as `encodeProgram` has it.
 * @throws HaechiError `workbench-unreachable`; the signal's reason when it is aborted, which ends the program.
 */
export async function runRemote(
  openLink: OpenLink,
  program: readonly string[],
  signal: AbortSignal,
): Promise<{ exitCode: number; output: string }> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  // Opening may fail before anybody waits for the end.
  promise.catch(() => undefined);
  const kept: Buffer[] = [];
  let bytes = 0;
  const reader = new MessageReader();
  const handle = ({ letter, rest }: Message) => {
    if (letter === 'O') {
      const output = rest.subarray(8);
      if (bytes < mostOutputBytes) kept.push(output);
      bytes += output.length;
      link.send(encode('K', encodePosition(decodePosition(rest) + output.length)));
    } else if (letter === 'X') resolve(rest.readUInt32BE() & 0xff);
  };
  const link = await openLink({
    onData: (piece) => {
      try {
        for (const message of reader.read(piece)) handle(message);
      } catch (error) {
        reject(error);
      }
    },
    onClose: (reason) => reject(new HaechiError('workbench-unreachable', { reason })),
  }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HaechiError('workbench-unreachable', { reason }, { cause: error });
  });
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    link.send(encode('R', program.join('\0')));
    const exitCode = await promise;
    return { exitCode, output: Buffer.concat(kept).toString('utf8') };
  } finally {
    signal.removeEventListener('abort', abort);
    link.close();
  }
}
