/** Options as getopt reads them: `-qO-`, `-w 2`, `--timeout=2`. */
export interface Options {
  flags: Set<string>;
  values: Record<string, string>;
  rest: string[];
}

/**
 * @param valued letters that take one. @param long names, and whether they take
 * a value; an unknown one takes none.
 */
export function readOptions(args: readonly string[], valued: string, long: Record<string, boolean>): Options {
  const flags = new Set<string>();
  const values: Record<string, string> = {};
  const rest: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg.startsWith('--')) {
      const [name = '', ...value] = arg.slice(2).split('=');
      if (value.length > 0) values[name] = value.join('=');
      else if (long[name]) values[name] = args[++index] ?? '';
      else flags.add(name);
    } else if (arg.startsWith('-') && arg.length > 1) {
      for (let at = 1; at < arg.length; at++) {
        const letter = arg[at] ?? '';
        if (!valued.includes(letter)) flags.add(letter);
        else {
          values[letter] = arg.slice(at + 1) || (args[++index] ?? '');
          break;
        }
      }
    } else rest.push(arg);
  }
  return { flags, values, rest };
}
