import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Config, givenAs, type Setting } from './config.ts';

const helpOption = '--help';

/**
 * Prints the help where it is asked for. @returns whether it was: then there is nothing else to do.
 * @param command see `helpFor`
 */
export function tellHelp(args: readonly string[], command: string, output: NodeJS.WritableStream): boolean {
  if (!args.includes(helpOption)) return false;
  output.write(helpFor(command));
  return true;
}

/**
 * What `--help` prints: every option, with what holds without it in parentheses.
 * @param command as a user gives it, up to the options: `npm start --`.
 */
export function helpFor(command: string): string {
  const rows = givenAs.map(([, { option, value, about, otherwise }]) => ({
    left: `--${option} ${value}`,
    right: otherwise === undefined ? about : `${about} (${otherwise})`,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length));
  const lines = rows.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}`);
  return `${command} [OPTIONS]\n\n${lines.join('\n')}\n\nIn the environment --metrics-port is ${variableOf('metrics-port')}, and so on; options win.\n`;
}

/** @throws Error whose message names each setting that can't be, as it was given, and what it may be. */
export function readConfig(args: readonly string[], environment: NodeJS.ProcessEnv): Config {
  return readCommandLine(args, environment, false).config;
}

/**
 * @param allowWords whether words that belong to no option are allowed.
 * @throws like `readConfig`
 */
export function readCommandLine(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  allowWords = true,
): { config: Config; words: string[] } {
  const { values, positionals } = parse(args, allowWords);
  const given = new Map(givenAs.map(([key, setting]) => [key, whatIsGiven(setting, values, environment)]));
  const result = Config.safeParse({
    dataFolder: defaultDataFolder(environment),
    ...Object.fromEntries([...given].flatMap(([key, found]) => (found ? [[key, found.value]] : []))),
  });
  if (result.success) return { config: result.data, words: positionals };
  throw new Error(
    result.error.issues.map(({ path: [key = ''], message }) => `${given.get(String(key))?.as}: ${message}`).join('\n'),
  );
}

function parse(args: readonly string[], allowPositionals: boolean) {
  const options = Object.fromEntries(givenAs.map(([, { option }]) => [option, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], allowPositionals, options });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error(`${error.message} (${helpOption} lists the options)`, { cause: error });
  }
}

/** @returns a setting's value, and how the user has given it: `--port 80`, `HAECHI_PORT=80`. */
function whatIsGiven(
  { option }: Setting,
  values: Record<string, string | undefined>,
  environment: NodeJS.ProcessEnv,
): { value: string; as: string } | undefined {
  const value = values[option];
  if (value !== undefined) return { value, as: `--${option} ${value || "''"}` };
  const variable = variableOf(option);
  const inherited = environment[variable];
  return inherited === undefined ? undefined : { value: inherited, as: `${variable}=${inherited}` };
}

function variableOf(option: string): string {
  return `HAECHI_${option.toUpperCase().replaceAll('-', '_')}`;
}

function defaultDataFolder(environment: NodeJS.ProcessEnv): string {
  return join(environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'haechi');
}
