import { readOptions, type Options } from './options.ts';

const valued = 'mowHXduAeEb';
const plain = 'sSkiIvLOfgGN#460';
/** The letters of long options. */
const longNames: Record<string, string> = {
  'max-time': 'm',
  output: 'o',
  'write-out': 'w',
  header: 'H',
  request: 'X',
  data: 'd',
  user: 'u',
  'user-agent': 'A',
  silent: 's',
  'show-error': 'S',
  insecure: 'k',
  include: 'i',
  head: 'I',
  verbose: 'v',
  location: 'L',
  fail: 'f',
  get: 'G',
};
const long: Record<string, boolean> = {
  ...Object.fromEntries(Object.entries(longNames).map(([name, letter]) => [name, valued.includes(letter)])),
  'connect-timeout': true,
  cacert: true,
  'data-raw': true,
  'data-binary': true,
  'no-progress-meter': false,
  retry: true,
  'oauth2-bearer': true,
};

/** Reads curl's options; those with a long name are found by their letter. */
export function readCurlOptions(args: readonly string[]): Options {
  const options = readOptions(args, valued, long, plain);
  for (const [name, letter] of Object.entries(longNames)) {
    if (options.flags.has(name)) options.flags.add(letter);
    const list = options.lists[name];
    if (!list) continue;
    options.lists[letter] = [...(options.lists[letter] ?? []), ...list];
    options.values[letter] = list.at(-1) ?? '';
  }
  return options;
}

/** The body that `-d` and its like make; `@file` is a file's content. */
export async function dataOf(
  lists: Options['lists'],
  file: (path: string) => Promise<string>,
): Promise<string | undefined> {
  const parts = [...(lists['d'] ?? []), ...(lists['data-binary'] ?? [])].map((part) =>
    part.startsWith('@') ? file(part.slice(1)).catch(() => '') : Promise.resolve(part),
  );
  const all = [...(await Promise.all(parts)), ...(lists['data-raw'] ?? [])];
  return all.length > 0 ? all.join('&') : undefined;
}
