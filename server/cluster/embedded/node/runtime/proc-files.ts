import { resolvConf } from '../dns-config.ts';
import type { ContainerIdentity, ContainerSetup } from '../container.ts';
import { capabilityNumbers } from './capability-numbers.ts';
import type { FileTree } from './file-tree.ts';
import { mayTrace, type SeenProcess } from './pod-processes.ts';
import { exitPath, stderrPath, stdoutPath } from './shell-transform.ts';

/** What a runtime puts into every container: /proc of what it sees (proc(5)), and its names. */
export function runtimeFiles(
  { identity, pod }: Pick<ContainerSetup, 'identity' | 'pod'>,
  line: readonly string[],
  env: Readonly<Record<string, string>>,
  others: readonly SeenProcess[],
): Record<string, string> {
  const own = processFiles((others.at(-1)?.pid ?? -5) + 6, line, identity, env);
  const seen = others.flatMap(({ pid, process }) => {
    if (!process) return [];
    const readable = mayTrace(identity, process.identity) ? process.env : undefined;
    return Object.entries(processFiles(pid, process.line, process.identity, readable));
  });
  return {
    ...own,
    ...Object.fromEntries(seen),
    '/proc/self/status': Object.entries(own).find(([path]) => path.endsWith('/status'))?.[1] ?? '',
    '/dev/null': '',
    '/etc/hostname': `${pod.hostname}\n`,
    '/etc/hosts': `# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n${pod.ip}\t${pod.hostname}\n`,
    '/etc/resolv.conf': resolvConf(pod.dns),
    '/proc/1/fd/1': '',
    '/proc/1/fd/2': '',
    [exitPath]: '',
    [stdoutPath]: '',
    [stderrPath]: '',
  };
}

/** The files of other processes' containers, below /proc/PID/root; undefined for what may not be looked into. */
export function rootsOf(
  identity: ContainerIdentity,
  others: readonly SeenProcess[],
): ReadonlyMap<string, FileTree | undefined> {
  return new Map(
    others.flatMap(({ pid, process }): [string, FileTree | undefined][] => {
      if (!process) return [];
      if (mayTrace(identity, process.identity)) return [[`/proc/${pid}/root`, process.files]];
      return ['root', 'environ'].map((name) => [`/proc/${pid}/${name}`, undefined]);
    }),
  );
}

function processFiles(
  pid: number,
  line: readonly string[],
  identity: ContainerIdentity,
  env: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const variables = Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}\0`);
  return {
    [`/proc/${pid}/status`]: statusOf(pid, line, identity),
    [`/proc/${pid}/cmdline`]: `${line.join('\0')}\0`,
    ...(env ? { [`/proc/${pid}/environ`]: variables.join('') } : {}),
  };
}

function statusOf(pid: number, line: readonly string[], identity: ContainerIdentity): string {
  const bits = identity.capabilities.reduce((sum, name) => sum | (1n << BigInt(capabilityNumbers.indexOf(name))), 0n);
  const mask = bits.toString(16).padStart(16, '0');
  const four = (id: number) => [id, id, id, id].join('\t');
  return [
    `Name:\t${(line[0] ?? '').split('/').at(-1) ?? ''}`,
    'State:\tS (sleeping)',
    `Pid:\t${pid}`,
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
}
