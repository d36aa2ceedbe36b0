import { setTimeout as sleep } from 'node:timers/promises';
import { defineCommand, type CustomCommand } from 'just-bash';
import { kernelWords } from '../kernel-words.ts';
import type { Inside, ProcessOutput, ProcessState } from '../process.ts';
import { follow } from '../shell-transform.ts';
import { killed } from '../signals.ts';
import { result } from './result.ts';

/** How often a file is looked at, in milliseconds. */
const period = 500;

/** Options of `tail` that take the next argument. */
const withValue = new Set(['-n', '-c', '-s', '--lines', '--bytes']);

/**
 * `tail -f`: shows what is added to files, until its process is ended. Its first argument is what it is piped into, as a
 * script that runs for each part that comes; nothing when it writes to the process' own output.
 */
export function followFiles(
  { filesystem }: Inside,
  output: ProcessOutput,
  signal: AbortSignal,
  run: (script: string, state: ProcessState, stdin: Uint8Array) => Promise<unknown>,
): CustomCommand {
  return defineCommand(follow, async ([script = '', ...args], { cwd, env }) => {
    const tell = async (data: Buffer) => {
      if (data.length === 0) return;
      if (script) await run(script, { env: Object.fromEntries(env), cwd }, data);
      else output.stdout(data.toString());
    };
    const files = args.filter((arg, index) => !arg.startsWith('-') && !withValue.has(args[index - 1] ?? ''));
    const places = files.map((name) => ({ name, path: filesystem.resolvePath(cwd, name), shown: 0 }));
    for (const place of places) {
      try {
        const content = Buffer.from(await filesystem.readFileBuffer(place.path));
        place.shown = content.length;
        if (places.length > 1) await tell(Buffer.from(`==> ${place.name} <==\n`));
        await tell(lastLines(content, linesOf(args)));
      } catch (error) {
        output.stderr(`tail: can't open '${place.name}': ${kernelWords(error)}\n`);
      }
    }
    while (!signal.aborted) {
      await sleep(period, undefined, { signal }).catch(() => undefined);
      for (const place of places) {
        if (!(await filesystem.exists(place.path))) continue;
        const content = Buffer.from(await filesystem.readFileBuffer(place.path));
        if (content.length < place.shown) place.shown = 0;
        const added = content.subarray(place.shown);
        place.shown = content.length;
        await tell(added);
      }
    }
    return result(killed);
  });
}

/** `-n 5`, `-n5`, `-5`, `-5f`; ten when it isn't said. */
function linesOf(args: readonly string[]): number {
  const said = args.map((arg, index) => (args[index - 1] === '-n' ? arg : (/^-n?(\d+)f?$/.exec(arg)?.[1] ?? '')));
  return Number(said.find((each) => /^\d+$/.test(each)) ?? 10);
}

function lastLines(content: Buffer, count: number): Buffer {
  const lines = content.toString('latin1').split('\n');
  const ended = lines.at(-1) === '' ? 1 : 0;
  return Buffer.from(lines.slice(Math.max(0, lines.length - count - ended)).join('\n'), 'latin1');
}
