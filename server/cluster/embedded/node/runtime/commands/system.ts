import { defineCommand, type CustomCommand } from 'just-bash';
import { wait } from './patience.ts';
import { resolvConf } from '../../dns-config.ts';
import type { Inside } from '../process.ts';
import { killed } from '../signals.ts';
import { exitPath, stderrPath, stdoutPath } from '../shell-transform.ts';

/** What tells a process who it is. */
export function systemTools({ setup, filesystem }: Inside, signal: AbortSignal): CustomCommand[] {
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
      const follows = args.some((arg) => /^-[fF]$/.test(arg));
      const shown = await context.origCommand(args.filter((arg) => !/^-[fF]$/.test(arg)));
      if (!follows) return shown;
      // What is added later isn't shown; most follow /dev/null, to stay.
      await wait(Number.POSITIVE_INFINITY, signal);
      return shown;
    }),
    defineCommand('stty', (_args, { env }) => done(`${env.get('LINES') ?? '24'} ${env.get('COLUMNS') ?? '80'}\n`)),
    defineCommand('ps', () => {
      const line = (pid: number, user: string, command: string) =>
        `${String(pid).padStart(5)} ${user.padEnd(8)}  0:00 ${command}\n`;
      const host = pod.hostPID
        ? ['/sbin/init', '/usr/bin/containerd', '/usr/bin/kubelet', 'kube-apiserver --etcd-servers=…']
        : [];
      const own = [...(setup.command ?? []), ...(setup.args ?? [])].join(' ') || setup.image;
      const rows = [
        ...host.map((command, index) => line(index + 1, 'root', command)),
        line(host.length + 1, String(identity.uid), own),
        line(host.length + 7, String(identity.uid), 'ps'),
      ];
      return done(`PID   USER     TIME  COMMAND\n${rows.join('')}`);
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

/** /proc of a container's first process (proc(5)), as far as its security context shows there. */
export function procFiles(
  { identity, pod }: Pick<Inside['setup'], 'identity' | 'pod'>,
  line: readonly string[],
): Record<string, string> {
  const bits = identity.capabilities.reduce((sum, name) => sum | (1n << BigInt(capabilityNumbers.indexOf(name))), 0n);
  const mask = bits.toString(16).padStart(16, '0');
  const four = (id: number) => [id, id, id, id].join('\t');
  const status = [
    `Name:\t${(line[0] ?? '').split('/').at(-1) ?? ''}`,
    'State:\tS (sleeping)',
    'Pid:\t1',
    'PPid:\t0',
    `Uid:\t${four(identity.uid)}`,
    `Gid:\t${four(identity.gid)}`,
    `Groups:\t${identity.groups.join(' ')}`,
    'CapInh:\t0000000000000000',
    `CapPrm:\t${mask}`,
    `CapEff:\t${mask}`,
    `CapBnd:\t${mask}`,
    'CapAmb:\t0000000000000000',
    `NoNewPrivs:\t${identity.noNewPrivileges ? 1 : 0}`,
    `Seccomp:\t${identity.seccomp === 'Unconfined' ? 0 : 2}`,
    '',
  ].join('\n');
  return {
    '/proc/1/status': status,
    '/proc/self/status': status,
    '/dev/null': '',
    '/etc/hostname': `${pod.hostname}\n`,
    '/etc/hosts': `# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n${pod.ip}\t${pod.hostname}\n`,
    '/etc/resolv.conf': resolvConf(pod.dns),
    '/proc/1/cmdline': `${line.join('\0')}\0`,
    '/proc/1/fd/1': '',
    '/proc/1/fd/2': '',
    [exitPath]: '',
    [stdoutPath]: '',
    [stderrPath]: '',
  };
}

/** By number (linux/capability.h). */
const capabilityNumbers = [
  ...[
    'CHOWN',
    'DAC_OVERRIDE',
    'DAC_READ_SEARCH',
    'FOWNER',
    'FSETID',
    'KILL',
    'SETGID',
    'SETUID',
    'SETPCAP',
    'LINUX_IMMUTABLE',
  ],
  ...[
    'NET_BIND_SERVICE',
    'NET_BROADCAST',
    'NET_ADMIN',
    'NET_RAW',
    'IPC_LOCK',
    'IPC_OWNER',
    'SYS_MODULE',
    'SYS_RAWIO',
    'SYS_CHROOT',
  ],
  ...[
    'SYS_PTRACE',
    'SYS_PACCT',
    'SYS_ADMIN',
    'SYS_BOOT',
    'SYS_NICE',
    'SYS_RESOURCE',
    'SYS_TIME',
    'SYS_TTY_CONFIG',
    'MKNOD',
    'LEASE',
  ],
  ...[
    'AUDIT_WRITE',
    'AUDIT_CONTROL',
    'SETFCAP',
    'MAC_OVERRIDE',
    'MAC_ADMIN',
    'SYSLOG',
    'WAKE_ALARM',
    'BLOCK_SUSPEND',
    'AUDIT_READ',
  ],
  ...['PERFMON', 'BPF', 'CHECKPOINT_RESTORE'],
];
