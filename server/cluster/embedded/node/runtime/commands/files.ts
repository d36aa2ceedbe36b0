import { defineCommand, type CustomCommand } from 'just-bash';
import type { Inside } from '../process.ts';
import { result } from './result.ts';

/** What tells and changes whose a file is. */
export function fileTools(inside: Inside): CustomCommand[] {
  return [ls(inside), chown(inside)];
}

/** `ls` with owners in its long form. */
function ls(inside: Inside): CustomCommand {
  const { filesystem } = inside;
  return defineCommand('ls', async (args, context) => {
    const flags = new Set(args.filter((arg) => /^-[a-zA-Z0-9]/.test(arg)).flatMap((arg) => Array.from(arg.slice(1))));
    if (!flags.has('l') && !flags.has('n'))
      return context.origCommand ? context.origCommand(args) : result(127, '', 'ls: not found\n');
    const name = flags.has('n')
      ? (id: number) => Promise.resolve(String(id))
      : (id: number, file: string) => nameOf(inside, id, file);
    const line = async (path: string, shown: string): Promise<string> => {
      const stat = await filesystem.lstat(path);
      const { uid, gid, mode } = await filesystem.owner(path);
      const kind = stat.isDirectory ? 'd' : stat.isSymbolicLink ? 'l' : '-';
      const owner = (await name(uid, '/etc/passwd')).padEnd(8);
      const group = (await name(gid, '/etc/group')).padEnd(8);
      const links = stat.isDirectory ? 2 : 1;
      const target = stat.isSymbolicLink ? ` -> ${await filesystem.readlink(path)}` : '';
      const size = String(stat.isDirectory ? 4096 : stat.size).padStart(9);
      return `${kind}${modeWords(mode)} ${String(links).padStart(4)} ${owner} ${group} ${size} ${dateWords(stat.mtime)} ${shown}${target}\n`;
    };
    const places = args.filter((arg) => !arg.startsWith('-'));
    let stdout = '';
    let stderr = '';
    for (const place of places.length > 0 ? places : ['.']) {
      const path = filesystem.resolvePath(context.cwd, place);
      try {
        if (!(await filesystem.exists(path))) throw new Error('ENOENT: No such file or directory');
        if (flags.has('d') || !(await filesystem.stat(path)).isDirectory) {
          stdout += await line(path, place);
          continue;
        }
        const names = await filesystem.readdir(path);
        const shown = names.filter((each) => flags.has('a') || flags.has('A') || !each.startsWith('.'));
        const all = flags.has('a') ? ['.', '..', ...shown] : shown;
        const lines = await Promise.all(all.map((each) => line(filesystem.resolvePath(path, each), each)));
        stdout += `${places.length > 1 ? `${place}:\n` : ''}total ${shown.length * 4}\n${lines.join('')}`;
      } catch (error) {
        const words = String(error).includes('EACCES') ? 'Permission denied' : 'No such file or directory';
        stderr += `ls: ${place}: ${words}\n`;
      }
    }
    return result(stderr ? 1 : 0, stdout, stderr);
  });
}

function chown(inside: Inside): CustomCommand {
  const { filesystem } = inside;
  return defineCommand('chown', async (args, context) => {
    const [owner = '', ...places] = args.filter((arg) => !arg.startsWith('-'));
    const [user = '', group] = owner.split(':');
    const uid = user === '' ? undefined : await idOf(inside, user, '/etc/passwd');
    const gid = group ? await idOf(inside, group, '/etc/group') : undefined;
    if (Number.isNaN(uid) || Number.isNaN(gid)) return result(1, '', `chown: unknown user/group ${owner}\n`);
    let stderr = '';
    for (const place of places)
      try {
        await filesystem.chown(filesystem.resolvePath(context.cwd, place), uid, gid);
      } catch (error) {
        const words = String(error).includes('EROFS') ? 'Read-only file system' : 'Operation not permitted';
        stderr += `chown: ${place}: ${words}\n`;
      }
    return result(stderr ? 1 : 0, '', stderr);
  });
}

/** A user's or group's name by /etc/passwd or /etc/group; its number when it has none. */
async function nameOf({ filesystem }: Inside, id: number, file: string): Promise<string> {
  const lines = ((await filesystem.text(file)) ?? '').split('\n').map((line) => line.split(':'));
  return lines.find(([, , each]) => each === String(id))?.[0] ?? String(id);
}

async function idOf({ filesystem }: Inside, name: string, file: string): Promise<number> {
  if (/^\d+$/.test(name)) return Number(name);
  const lines = ((await filesystem.text(file)) ?? '').split('\n').map((line) => line.split(':'));
  return Number(lines.find(([each]) => each === name)?.[2] ?? Number.NaN);
}

/** `rwxr-xr-t` */
function modeWords(mode: number): string {
  const three = (bits: number) => `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`;
  const [owner, group, others] = [three(mode >> 6), three(mode >> 3), three(mode)];
  const mark = (words: string, on: boolean, letter: string) =>
    on ? words.slice(0, 2) + (words.endsWith('x') ? letter : letter.toUpperCase()) : words;
  return (
    mark(owner, (mode & 0o4000) > 0, 's') +
    mark(group, (mode & 0o2000) > 0, 's') +
    mark(others, (mode & 0o1000) > 0, 't')
  );
}

/** `Nov 24 22:00` */
function dateWords(date: Date): string {
  const [, month = '', day = '', , time = ''] = /^\w+, (\d+) (\w+) (\d+) (.*) GMT$/.exec(date.toUTCString()) ?? [];
  return `${day} ${month.padStart(2)} ${time.slice(0, 5)}`;
}
