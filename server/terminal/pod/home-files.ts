import { dirname, join, normalize } from 'node:path';
import { quote } from '../../shell-quote.ts';
import type { WorkspaceSetup } from '../service.ts';
import { home } from './manifests.ts';

/** An argument of a program takes 128 KiB at most (MAX_ARG_STRLEN in execve(2)); base64 makes 4 bytes of 3. */
const pieceBytes = 60 << 10;
const mostScript = 100 << 10;

/** Commands, to be run in order, that put a lab's files into a home folder. */
export function commandsForHome(files: WorkspaceSetup['files']): string[] {
  return files.flatMap(({ path, text, executable }) => {
    const file = normalize(join(home, path));
    if (!file.startsWith(`${home}/`)) throw new Error(`the workspace file "${path}" is not below the home folder`);
    return commandsFor(file, text, executable ? '755' : '644');
  });
}

/** As above, for one file by its absolute path; it takes the place of an older one in one go. */
export function commandsFor(file: string, text: string, mode: string): string[] {
  const bytes = Buffer.from(text);
  const aside = quote(`${file}.haechi-new`);
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) => {
    const piece = bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes);
    return `base64 -d >> ${aside} <<< ${piece.toString('base64')}\n`;
  });
  return [
    `mkdir -p ${quote(dirname(file))} && : > ${aside}\n`,
    ...pieces,
    `chmod ${mode} ${aside} && mv -fT ${aside} ${quote(file)}\n`,
  ];
}

/** Puts commands together to as few scripts as can each be an argument. */
export function scriptsOf(commands: readonly string[]): string[] {
  const scripts: string[] = [];
  let script = '';
  for (const command of commands) {
    if (script !== '' && script.length + command.length > mostScript) {
      scripts.push(script);
      script = '';
    }
    script += command;
  }
  if (script !== '') scripts.push(script);
  return scripts.map((each) => `set -e\n${each}`);
}
