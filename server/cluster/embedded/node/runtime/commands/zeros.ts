import { randomBytes } from 'node:crypto';
import { defineCommand, latin1FromBytes, type CustomCommand, type ExecResult } from 'just-bash';
import { kernelWords } from '../kernel-words.ts';
import type { Inside } from '../process.ts';
import { killed } from '../signals.ts';
import { result } from './result.ts';

/** The most that is really made: what is longer fits nowhere. */
const mostBytes = 16 * 1024 * 1024;

/** Files that never end (null(4)). */
export const endless = new Set(['/dev/zero', '/dev/urandom', '/dev/random']);

/** `head -c`, also of what never ends: `head -c 16 /dev/urandom | base64`. */
export function head({ memory }: Pick<Inside, 'memory'>): CustomCommand {
  return defineCommand('head', async (args, context) => {
    const from = args.find((arg) => endless.has(arg));
    if (from === undefined)
      return context.origCommand ? context.origCommand(args) : result(127, '', 'head: not found\n');
    const [, said = ''] = /(?:^|\s)(?:-c|--bytes=?)\s*(\S+)/.exec(args.join(' ')) ?? [];
    const count = bytesOf(said);
    if (Number.isNaN(count) || count > mostBytes)
      return memory.exceed() ? result(killed) : result(1, '', `head: ${from}: Cannot allocate memory\n`);
    const bytes = from === '/dev/zero' ? Buffer.alloc(count) : randomBytes(count);
    return { exitCode: 0, stdout: bytes.toString('latin1'), stdoutKind: 'bytes', stderr: '' };
  });
}

/** `dd`, with which learners fill disks and memory. */
export function dd(inside: Inside): CustomCommand {
  const { filesystem, memory } = inside;
  return defineCommand('dd', async (args, { cwd, stdin }) => {
    const operands = new Map(args.map((arg) => [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)]));
    const [from, to] = ['if', 'of'].map((name) => operands.get(name));
    const block = bytesOf(operands.get('bs') ?? '512');
    const count = operands.has('count') ? Number(operands.get('count')) : Number.POSITIVE_INFINITY;
    if (Number.isNaN(block * count)) return result(1, '', `dd: invalid number '${operands.get('bs') ?? ''}'\n`);
    const most = block * count;
    const target = to === undefined ? undefined : filesystem.resolvePath(cwd, to);
    const isEndless = from !== undefined && endless.has(from);
    if (isEndless && most > mostBytes && target !== '/dev/null') {
      const holds = target === undefined || filesystem.isInMemory(target);
      if (holds && most > (memory.limit ?? Number.POSITIVE_INFINITY) && memory.exceed()) return result(killed);
      return result(1, '', `dd: error writing '${to ?? 'standard output'}': No space left on device\n`);
    }
    try {
      const content = isEndless
        ? Buffer.alloc(target === '/dev/null' ? 0 : most)
        : from === undefined
          ? Buffer.from(latin1FromBytes(stdin), 'latin1')
          : Buffer.from(await filesystem.readFileBuffer(filesystem.resolvePath(cwd, from)));
      const copied = content.subarray(0, Math.min(most, content.length));
      if (target !== undefined) await filesystem.writeFile(target, copied);
      return copyOf(target === undefined ? copied : undefined, isEndless ? most : copied.length, block);
    } catch (error) {
      return result(1, '', `dd: can't open '${to ?? from ?? ''}': ${kernelWords(error)}\n`);
    }
  });
}

/** What `dd` writes to stdout, and its count of records. */
function copyOf(out: Buffer | undefined, bytes: number, block: number): ExecResult {
  const records = `${Math.floor(bytes / block)}+${bytes % block > 0 ? 1 : 0}`;
  const stderr = `${records} records in\n${records} records out\n${bytes} bytes copied\n`;
  return { exitCode: 0, stdout: out?.toString('latin1') ?? '', stdoutKind: 'bytes', stderr };
}

/** `512`, `4k`, `1M` */
function bytesOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)([kKmMgG]?)(?:i?B)?$/.exec(text) ?? [];
  const factor = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }[unit.toLowerCase()] ?? Number.NaN;
  return number === '' ? Number.NaN : Number(number) * factor;
}
