import { quote } from '../../../../shell-quote.ts';
import type { Inside } from './process.ts';
import { programAt } from './programs.ts';

const names = new Set(['sh', 'bash', '/bin/sh', '/bin/bash', 'ash', '/bin/ash', '/usr/bin/sh', '/usr/bin/bash']);

/** Whether a program is a shell that the image has. */
export function isShell({ image }: Pick<Inside, 'image'>, program: string): boolean {
  return image.shell && names.has(program);
}

/** Whether an argument list is a shell that reads its commands: `sh`, `bash -i`, `sh -l`. */
export function readsCommands(inside: Pick<Inside, 'image'>, line: readonly string[]): boolean {
  return isShell(inside, line[0] ?? '') && line.slice(1).every((arg) => /^-[il]+$/.test(arg) || arg === '--login');
}

/** The script that an argument list means to this runtime: a shell's own, or the program with its arguments. */
export function scriptOf(inside: Inside, line: readonly string[], stdin = ''): string {
  const [path = '', ...args] = line;
  const program = programAt(inside, path);
  if (!isShell(inside, program)) return [program, ...args].map(quote).join(' ');
  const [first, script = '', , ...positional] = args;
  if (/^-[euxil]*c$/.test(first ?? '')) {
    const options = first?.replaceAll(/[-cil]/g, '') ?? '';
    const set = options ? `set -${options}\n` : '';
    return positional.length > 0 ? `${set}set -- ${positional.map(quote).join(' ')}\n${script}` : set + script;
  }
  return args.length === 0 ? stdin : [program, ...args].map(quote).join(' ');
}
