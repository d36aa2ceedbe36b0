/** Options as getopt reads them: `-qO- -w 2`, `--timeout=2`. */
export interface Options {
  flags: Set<string>;
  /** The last value of each option that takes one. */
  values: Record<string, string>;
  /** All its values, in order, of an option that may be repeated. */
  lists: Record<string, string[]>;
  rest: string[];
  /** The first option that the program doesn't have, as it was written. */
  unknown: string | undefined;
}

/**
 * @param valued letters that take a value.
 * @param long names, and whether they take a value.
 * @param plain letters that take none; undefined when any is fine.
 */
export function readOptions(
  args: readonly string[],
  valued: string,
  long: Record<string, boolean>,
  plain?: string,
): Options {
  const options: Options = { flags: new Set(), values: {}, lists: {}, rest: [], unknown: undefined };
  const take = (name: string, value: string) => {
    options.values[name] = value;
    (options.lists[name] ??= []).push(value);
  };
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') {
      options.rest.push(...args.slice(index + 1));
      break;
    }
    if (arg.startsWith('--')) {
      const [name = '', ...value] = arg.slice(2).split('=');
      if (plain !== undefined && !(name in long)) options.unknown ??= arg;
      if (value.length > 0) take(name, value.join('='));
      else if (long[name]) take(name, args[++index] ?? '');
      else options.flags.add(name);
    } else if (arg.startsWith('-') && arg.length > 1) {
      for (let at = 1; at < arg.length; at++) {
        const letter = arg[at] ?? '';
        if (!valued.includes(letter)) {
          options.flags.add(letter);
          if (plain !== undefined && !plain.includes(letter)) options.unknown ??= `-${letter}`;
        } else {
          take(letter, arg.slice(at + 1) || (args[++index] ?? ''));
          break;
        }
      }
    } else options.rest.push(arg);
  }
  return options;
}
