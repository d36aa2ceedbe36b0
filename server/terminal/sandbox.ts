/** What a sandbox is made of. Paths are the host's. */
export interface Sandbox {
  /** Folder that becomes the learner's home. */
  home: string;
  /** Folder with `api.sock` and `kubeconfig`. */
  run: string;
  /** Folder with kubectl, its completion, etc/ and the start script, shared by all sandboxes. */
  tools: string;
  /** Numeric user that it runs as; undefined when the platform itself is not root. */
  owner: number | undefined;
  variables: Record<string, string>;
}

/** Limits of one shell and all that it starts, as `prlimit` takes them (setrlimit(2)). */
const limits = ['--nproc=256', '--as=8589934592', '--fsize=67108864', '--nofile=1024', '--core=0'];

/**
 * The command line that runs a program in a sandbox: its own user, PID, mount, network, IPC, UTS and cgroup namespaces,
 * a read-only system, no capabilities, no network but the forwarder's socket. Nothing of the platform's environment and
 * nothing of the host's /etc, /home, /root, /var or /run is there.
 */
export function sandboxCommand(sandbox: Sandbox, command: readonly string[]): [file: string, args: string[]] {
  const { home, run, tools, owner, variables } = sandbox;
  const environment = {
    HOME: '/home/learner',
    USER: 'learner',
    LOGNAME: 'learner',
    SHELL: '/bin/bash',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    EDITOR: 'nano',
    KUBECONFIG: '/run/haechi/kubeconfig',
    ...variables,
  };
  const drop =
    owner === undefined
      ? []
      : ['setpriv', `--reuid=${owner}`, `--regid=${owner}`, '--clear-groups', '--no-new-privs', '--'];
  const line = [
    ...drop,
    ...['prlimit', ...limits, '--', 'bwrap', '--unshare-all', '--die-with-parent', '--cap-drop', 'ALL'],
    ...['--uid', '1000', '--gid', '1000', '--hostname', 'haechi', '--clearenv'],
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...[
      '--ro-bind',
      '/usr',
      '/usr',
      '--tmpfs',
      '/usr/local',
      '--ro-bind',
      `${tools}/kubectl`,
      '/usr/local/bin/kubectl',
    ],
    ...['--symlink', 'usr/bin', '/bin', '--symlink', 'usr/sbin', '/sbin', '--symlink', 'usr/lib', '/lib'],
    ...['--symlink', 'usr/lib64', '/lib64', '--ro-bind', `${tools}/etc`, '/etc'],
    ...['--proc', '/proc', '--dev', '/dev', '--size', '67108864', '--tmpfs', '/tmp'],
    ...['--ro-bind', tools, '/opt/haechi', '--ro-bind', run, '/run/haechi', '--bind', home, '/home/learner'],
    ...['--remount-ro', '/usr/local', '--chdir', '/home/learner', '--', '/bin/bash', '/opt/haechi/start', ...command],
  ];
  const [file = 'bwrap', ...args] = line;
  return [file, args];
}
