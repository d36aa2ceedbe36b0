import { defineCommand, type CustomCommand } from 'just-bash';
import { result } from './result.ts';

/** Letters and words of tar's options that take the next argument. */
const withValue = /[fCXT]/g;
const wordsWithValue = new Set(['--file', '--directory', '--exclude', '--exclude-from', '--files-from']);
/** Options of `kubectl cp --no-preserve`. */
const plain = new Set(['--no-same-permissions', '--no-same-owner']);

/** `tar`, with which `kubectl cp` packs and unpacks: names never begin with a slash, and what is unpacked keeps its mode. */
export const tar: CustomCommand = defineCommand('tar', async (args, context) => {
  if (!context.origCommand) return result(127, '', 'tar: not found\n');
  const letters = args
    .filter((arg, index) => (index === 0 && !arg.startsWith('--')) || /^-[a-zA-Z]/.test(arg))
    .join('');
  if (letters.includes('x') || args.includes('--extract')) {
    const known = args.filter((arg) => !plain.has(arg));
    return context.origCommand(known.length < args.length ? known : [...known, '-p']);
  }
  const members = letters.includes('c') || args.includes('--create') ? membersOf(args) : new Set<number>();
  const absolute = [...members].filter((index) => args[index]?.startsWith('/'));
  if (absolute.length === 0) return context.origCommand(args);
  const below = args.map((arg, index) => (absolute.includes(index) ? arg.replace(/^\/+/, '') || '.' : arg));
  const packed = await context.origCommand([...below, '-C', '/']);
  return { ...packed, stderr: `tar: removing leading '/' from member names\n${packed.stderr}` };
});

/** Which arguments name what to pack: neither options nor their values. */
function membersOf(args: readonly string[]): Set<number> {
  const members = new Set<number>();
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg.startsWith('--')) index += wordsWithValue.has(arg) ? 1 : 0;
    else if (index === 0 || /^-./.test(arg)) index += arg.match(withValue)?.length ?? 0;
    else members.add(index);
  }
  return members;
}
