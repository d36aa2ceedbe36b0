import { defineCommand, getCommandNames, type CommandName, type CustomCommand } from 'just-bash';
import { ExecError, StartError } from '../container.ts';
import { curl } from './commands/curl.ts';
import { fileTools } from './commands/files.ts';
import { lookupTools } from './commands/lookup.ts';
import { nc } from './commands/nc.ts';
import { servers, type RunProgram } from './commands/servers.ts';
import { systemTools } from './commands/system.ts';
import { tar } from './commands/tar.ts';
import { dd, head } from './commands/zeros.ts';
import { wget } from './commands/wget.ts';
import type { Inside } from './process.ts';
import { isShell } from './shells.ts';

/** What the bash of this runtime has and small images have not; `tar` is where the catalogue says so. */
const missing = new Set([
  'python',
  'python3',
  'js-exec',
  'node',
  'sqlite3',
  'html-to-markdown',
  'xan',
  'yq',
  'jq',
  'rg',
]);

/** The tools that an image with a shell has. */
export const shellTools = (getCommandNames() as CommandName[]).filter((name) => !missing.has(name) && name !== 'tar');

/** The simulated programs of an image. */
export function programsOf(
  inside: Inside,
  signals: { kill: AbortSignal; term: AbortSignal },
  run: RunProgram,
  log: (text: string) => void,
): CustomCommand[] {
  const signal = signals.kill;
  const all = [
    ...[wget(inside, signal), curl(inside, signal), nc(inside, signal), ...lookupTools(inside, signal)],
    ...servers(inside, signals, run, log),
    ...systemTools(inside, signal),
    ...fileTools(inside),
    tar,
    dd(inside),
    head(inside),
  ];
  const named = new Map(all.map((command) => [command.name, command]));
  const client = named.get('nc');
  const server = named.get('nc-listen');
  if (client && server && 'execute' in client && 'execute' in server)
    named.set(
      'nc',
      defineCommand('nc', (args, context) =>
        (args.some((arg) => /^-[a-z]*l/.test(arg)) ? server : client).execute(args, context),
      ),
    );
  const { programs, shell } = inside.image;
  return [...named.values()].filter(({ name }) => programs.includes(name) || (shell && everywhere.has(name)));
}

/** Programs of ours that every image with a shell has. */
const everywhere = new Set(['tail', 'stty', 'ls', 'chown', 'dd', 'head']);

/** A simulated program by its name, wherever the image has it; other paths stay. */
export function programAt({ image }: Inside, path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return image.programs.includes(name) ? name : path;
}

/**
 * Whether the image has a program.
 * @returns why it can't be run, as runc says it; undefined when it can.
 */
function programProblem(inside: Inside, program: string): string | undefined {
  const { image, filesystem } = inside;
  if (image.programs.includes(programAt(inside, program))) return undefined;
  const [, name = ''] = /^(?:\/usr)?(?:\/s?bin\/)?([^/]+)$/.exec(program) ?? [];
  const ofShell = (shellTools as string[]).includes(name) || everywhere.has(name);
  if (isShell(inside, program) || (image.shell && ofShell)) return undefined;
  if (image.shell && program.includes('/') && filesystem.getAllPaths().includes(program)) return undefined;
  return program.includes('/')
    ? `exec: "${program}": stat ${program}: no such file or directory`
    : `exec: "${program}": executable file not found in $PATH`;
}

/** Checks the first program of a container. @throws StartError as containerd says it */
export function requireFirstProgram(inside: Inside, program: string): void {
  const problem = programProblem(inside, program);
  if (problem !== undefined)
    throw new StartError(
      `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ${problem}: unknown`,
    );
}

/** Checks a program that is to run in a container. @throws ExecError as containerd says it */
export function requireProgram(inside: Inside, program: string): void {
  const problem = programProblem(inside, program);
  if (problem !== undefined)
    throw new ExecError(`OCI runtime exec failed: exec failed: unable to start container process: ${problem}: unknown`);
}
