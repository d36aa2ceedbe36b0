import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { lstat, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { shellEnvironment } from '../shell-environment.ts';
import type { Grounds, Launch, Launcher } from './launch.ts';
import type { SystemFolder } from './system-folder.ts';

const execute = promisify(execFile);

/** Inside, everybody is this user. */
const insideUid = 1000;
/** Outside, when the server is root, each attempt is a user of its own, from a range that nobody uses (UIDS-GIDS.md of systemd). */
const outsideUids = { first: 1_900_000_000, count: 200_000_000 };
/** Learners' processes come after the control plane's and the server's. */
const nice = '5';
const path = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';
const environmentPlaces = {
  home: '/home/learner',
  kubeconfig: '/home/learner/.kube/config',
  path,
  system: '/etc/haechi',
};

/**
 * Bubblewrap sandboxes. One has namespaces of its own for users, processes, mounts, network, IPC, host name and
 * cgroups; the system's programs, read-only; a home, /tmp and ~/.kube that persist with the attempt; and no way out but
 * the socket to the API server. No capabilities, no new privileges, a system call filter, and it dies with the server.
 *
 * `--new-session` is not used: it would take job control away. It guards a terminal that is shared with a shell outside;
 * this one's other end is the server alone (and the filter refuses TIOCSTI).
 */
export class SandboxLauncher implements Launcher {
  readonly containment = { contained: true } as const;
  readonly forwards = true;
  readonly #system: SystemFolder;
  readonly #mounts: string[];

  private constructor(system: SystemFolder, mounts: string[]) {
    this.#system = system;
    this.#mounts = mounts;
  }

  /** Tries a sandbox. @throws Error that says why there can be none here: no bubblewrap, no user namespaces, too old. */
  static async open(system: SystemFolder, trial: Grounds): Promise<SandboxLauncher> {
    const launcher = new SandboxLauncher(system, await systemMounts());
    const { file, args, env, cwd } = launcher.#launch(trial, {}, ['/usr/bin/test', '-r', '/etc/haechi/bashrc']);
    try {
      await execute(file, args, { env, cwd, timeout: 20_000 });
    } catch (error) {
      const words = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
      throw new Error(words || (error instanceof Error ? error.message : String(error)), { cause: error });
    }
    return launcher;
  }

  uidFor(attempt: string): number | undefined {
    if (process.getuid?.() !== 0) return undefined;
    const hash = createHash('sha256').update(attempt).digest().readUInt32BE();
    return outsideUids.first + (hash % outsideUids.count);
  }

  shell(grounds: Grounds, variables: Record<string, string>): Launch {
    return this.#launch(grounds, variables, ['/etc/haechi/start', 'bash', '--rcfile', '/etc/haechi/bashrc', '-i']);
  }

  script(grounds: Grounds, variables: Record<string, string>, script: string): Launch {
    const command = ['/etc/haechi/start', 'bash', '-c', script];
    return this.#launch(grounds, { ...variables, HAECHI_SCRIPT: 'yes' }, command);
  }

  #launch(grounds: Grounds, variables: Record<string, string>, command: string[]): Launch {
    const { folder, system, kubectl, seccomp } = this.#system;
    const own = grounds.uid === undefined;
    const seen = (path: string) => (own ? path : join('/tmp', relative(folder, path)));
    const bubblewrap = [
      'bwrap',
      ...['--unshare-user', '--unshare-all', '--disable-userns', '--die-with-parent'],
      ...['--uid', String(insideUid), '--gid', String(insideUid), '--hostname', 'haechi'],
      ...this.#mounts,
      ...[
        '--proc',
        '/proc',
        '--dev',
        '/dev',
        '--size',
        String(16 << 20),
        '--tmpfs',
        '/dev/shm',
        '--remount-ro',
        '/dev',
      ],
      ...['--bind', seen(grounds.home), '/home/learner', '--bind', seen(grounds.temporary), '/tmp'],
      ...['--bind', seen(grounds.kube), '/home/learner/.kube', '--ro-bind', seen(grounds.socket), '/run/haechi'],
      ...['--ro-bind', seen(system), '/etc/haechi', '--symlink', '/etc/haechi/k', '/usr/local/bin/k'],
      ...['--ro-bind', own ? kubectl : '/tmp/system/kubectl', '/usr/local/bin/kubectl'],
      ...(seccomp === undefined ? [] : ['--seccomp', '3']),
      ...['--remount-ro', '/', '--chdir', '/home/learner'],
    ];
    return {
      file: '/bin/bash',
      args: [
        join(system, 'launch'),
        ...[nice, seccomp ?? '-', own ? '-' : String(grounds.uid), folder, kubectl],
        ...bubblewrap,
        '--',
        ...command,
      ],
      env: shellEnvironment(variables, environmentPlaces),
      cwd: '/',
    };
  }
}

/** Programs and libraries, read-only, and the few files of /etc that they can't do without. Not /usr/local, not /opt. */
async function systemMounts(): Promise<string[]> {
  const mounts: string[] = [];
  for (const folder of ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libexec', 'share']) {
    if (await exists(`/usr/${folder}`)) mounts.push('--ro-bind', `/usr/${folder}`, `/usr/${folder}`);
  }
  for (const folder of ['bin', 'sbin', 'lib', 'lib32', 'lib64']) {
    const found = await lstat(`/${folder}`).catch(() => undefined);
    if (found?.isSymbolicLink()) mounts.push('--symlink', `usr/${folder}`, `/${folder}`);
    else if (found) mounts.push('--ro-bind', `/${folder}`, `/${folder}`);
  }
  for (const shared of ['/etc/alternatives', '/etc/ld.so.cache', '/etc/localtime', '/etc/ssl/certs', '/etc/terminfo'])
    if (await exists(shared)) mounts.push('--ro-bind', shared, shared);
  for (const own of ['passwd', 'group', 'hosts', 'nsswitch.conf', 'resolv.conf', 'nanorc', 'gitconfig'])
    mounts.push('--symlink', `haechi/${own}`, `/etc/${own}`);
  mounts.push('--symlink', '../haechi/vimrc', '/etc/vim/vimrc', '--dir', '/run', '--dir', '/var/tmp');
  return mounts;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
