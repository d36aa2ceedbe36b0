import { defineCommand, type CustomCommand } from 'just-bash';
import { wait } from './patience.ts';
import type { Inside } from '../process.ts';
import { killed } from '../signals.ts';
import { endless } from './zeros.ts';

/** What tells a process who it is. */
export function systemTools({ setup, filesystem, processes, memory }: Inside, signal: AbortSignal): CustomCommand[] {
  const { identity, pod } = setup;
  const done = (stdout: string, exitCode = 0, stderr = '') => Promise.resolve({ stdout, stderr, exitCode });
  const nameOf = async (id: number, file: string): Promise<string | undefined> =>
    ((await filesystem.text(file)) ?? '')
      .split('\n')
      .map((line) => line.split(':'))
      .find(([, , each]) => Number(each) === id)?.[0];
  const named = async (id: number, file: string) => {
    const name = await nameOf(id, file);
    return name ? `${id}(${name})` : String(id);
  };
  return [
    defineCommand('id', async (args) => {
      if (args[0] === '-u') return done(`${identity.uid}\n`);
      if (args[0] === '-g') return done(`${identity.gid}\n`);
      const groups = await Promise.all(identity.groups.map((group) => named(group, '/etc/group')));
      return done(
        `uid=${await named(identity.uid, '/etc/passwd')} gid=${await named(identity.gid, '/etc/group')} groups=${groups.join(',')}\n`,
      );
    }),
    defineCommand('whoami', async () => {
      const name = await nameOf(identity.uid, '/etc/passwd');
      return name ? done(`${name}\n`) : done('', 1, `whoami: unknown uid ${identity.uid}\n`);
    }),
    defineCommand('hostname', () => done(`${pod.hostname}\n`)),
    defineCommand('tail', async (args, context) => {
      if (!context.origCommand) return done('', 127, 'tail: not found\n');
      // To find the end it would hold all that came before.
      if (args.some((arg) => endless.has(arg)))
        return memory.exceed() ? done('', killed) : done('', 1, 'tail: out of memory\n');
      const follows = args.some((arg) => /^-\d*[fF]$/.test(arg));
      const shown = await context.origCommand(args.filter((arg) => !/^-[fF]$/.test(arg)));
      // Whose output is kept for something else shows nothing of what is added later.
      if (follows) await wait(Number.POSITIVE_INFINITY, signal);
      return shown;
    }),
    defineCommand('stty', (_args, { env }) => done(`${env.get('LINES') ?? '24'} ${env.get('COLUMNS') ?? '80'}\n`)),
    defineCommand('ps', () => {
      const line = (pid: number, user: string, command: string) =>
        `${String(pid).padStart(5)} ${user.padEnd(8)}  0:00 ${command}\n`;
      const seen = processes.seenBy(setup);
      const rows = seen.map(({ pid, line: words, uid }) =>
        line(pid, uid === 0 ? 'root' : String(uid), words.join(' ')),
      );
      const own = line((seen.at(-1)?.pid ?? 0) + 6, identity.uid === 0 ? 'root' : String(identity.uid), 'ps');
      return done(`PID   USER     TIME  COMMAND\n${rows.join('')}${own}`);
    }),
    defineCommand('kill', (args) => done('', 1, `sh: can't kill pid ${args.at(-1) ?? ''}: No such process\n`)),
    defineCommand('sleep', async (args) => {
      const seconds = args.reduce((sum, arg) => sum + secondsOf(arg), 0);
      if (Number.isNaN(seconds)) return done('', 1, `sleep: invalid number '${args[0] ?? ''}'\n`);
      await wait(seconds, signal);
      return done('', signal.aborted ? killed : 0);
    }),
  ];
}

function secondsOf(text: string): number {
  if (text === 'infinity' || text === 'inf') return 1e9;
  const [, number = '', unit = 's'] = /^([\d.]+)([smhd]?)$/.exec(text) ?? [];
  const factor = { s: 1, m: 60, h: 3600, d: 86_400 }[unit || 's'] ?? 1;
  return number === '' ? Number.NaN : Number(number) * factor;
}
