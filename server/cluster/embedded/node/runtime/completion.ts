import type { Inside, ProcessState } from './process.ts';
import { shellTools } from './programs.ts';

export interface Completion {
  /** What to add behind the cursor; empty when it isn't clear. */
  insert: string;
  /** What it could become. */
  candidates: string[];
}

/** Completes the word before the cursor: a program's name where a command begins, else a path. */
export async function complete(inside: Inside, before: string, { cwd }: ProcessState): Promise<Completion> {
  const word = /[^\s;|&(]*$/.exec(before)?.[0] ?? '';
  const isCommand = /(^|[;|&(]|\bdo|\bthen)\s*$/.test(before.slice(0, before.length - word.length));
  const candidates = isCommand && !word.includes('/') ? programs(inside, word) : await paths(inside, word, cwd);
  const [only] = candidates;
  const start = word.slice(word.lastIndexOf('/') + 1);
  const common = candidates.reduce(commonStart, only ?? '').slice(start.length);
  const insert = candidates.length === 1 && !only?.endsWith('/') ? `${common} ` : common;
  return { insert, candidates };
}

function programs({ image }: Inside, start: string): string[] {
  const names = new Set([...(image.shell ? shellTools : []), ...image.programs]);
  return [...names].filter((name) => name.startsWith(start)).sort();
}

async function paths({ filesystem }: Inside, word: string, cwd: string): Promise<string[]> {
  const folder = word.slice(0, word.lastIndexOf('/') + 1);
  const start = word.slice(folder.length);
  const path = filesystem.resolvePath(cwd, folder || '.');
  if (!(await filesystem.exists(path))) return [];
  const names = await filesystem.readdir(path);
  const fitting = names.filter((name) => name.startsWith(start) && (start.startsWith('.') || !name.startsWith('.')));
  return Promise.all(
    fitting.map(async (name) =>
      (await filesystem.stat(filesystem.resolvePath(path, name))).isDirectory ? `${name}/` : name,
    ),
  );
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
