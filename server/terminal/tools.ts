import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, link, mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const start = `# The first program of every sandbox: opens the way to the API server, then becomes the shell or a given command.
socat TCP-LISTEN:6443,bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:/run/haechi/api.sock 2>/dev/null &
disown
if [ $# -gt 0 ]; then
  for _ in 1 2 3 4 5 6 7 8 9 10; do (exec 3<>/dev/tcp/127.0.0.1/6443) 2>/dev/null && break; sleep 0.02; done
  exec "$@"
fi
exec /bin/bash --rcfile /opt/haechi/bashrc -i
`;

const bashrc = `# A learner's shell.
HISTFILE=~/.bash_history HISTSIZE=5000 HISTCONTROL=ignoredups
shopt -s histappend checkwinsize
PROMPT_COMMAND='history -a'
PS1='\\[\\e[32m\\]\${HAECHI_NAMESPACE}\\[\\e[0m\\] \\[\\e[34m\\]\\w\\[\\e[0m\\] $ '
alias k=kubectl ls='ls --color=auto' ll='ls -l' grep='grep --color=auto'
# Completion is read when it is first asked for: the prompt doesn't wait for it.
_haechi_complete() {
  . /usr/share/bash-completion/bash_completion
  . /opt/haechi/kubectl-completion
  complete -o default -F __start_kubectl kubectl k
  return 124
}
complete -F _haechi_complete kubectl k
[ -f ~/.bashrc ] && . ~/.bashrc
true
`;

const etc: Record<string, string> = {
  passwd:
    'root:x:0:0:root:/root:/usr/sbin/nologin\nlearner:x:1000:1000:learner:/home/learner:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n',
  group: 'root:x:0:\nlearner:x:1000:\nnogroup:x:65534:\n',
  hosts: '127.0.0.1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  inputrc:
    '$include /usr/share/readline/inputrc\nset enable-bracketed-paste on\nset completion-ignore-case on\nset input-meta on\nset output-meta on\nset convert-meta off\n',
  nanorc: 'set tabsize 2\nset tabstospaces\nset autoindent\ninclude "/usr/share/nano/yaml.nanorc"\n',
  gitconfig: '[init]\n\tdefaultBranch = main\n[user]\n\tname = learner\n\temail = learner@haechi.invalid\n',
};

/** Makes the folder that all sandboxes share. @param kubectl the program to give to learners. */
export async function makeTools(folder: string, kubectl: string): Promise<void> {
  await mkdir(join(folder, 'etc'), { recursive: true });
  await chmod(folder, 0o755);
  await putKubectl(kubectl, join(folder, 'kubectl'));
  const { stdout } = await promisify(execFile)(kubectl, ['completion', 'bash'], {
    maxBuffer: 4 << 20,
    env: { HOME: '/nonexistent' },
  });
  const files = {
    start,
    bashrc,
    'kubectl-completion': stdout,
    ...Object.fromEntries(Object.entries(etc).map(([name, text]) => [`etc/${name}`, text])),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  if (existsSync('/etc/alternatives')) {
    await cp('/etc/alternatives', join(folder, 'etc', 'alternatives'), {
      recursive: true,
      verbatimSymlinks: true,
      force: true,
    });
  }
}

/** The platform's cache may be closed to the sandbox's user, so the program gets a second name where that user may go. */
async function putKubectl(from: string, to: string): Promise<void> {
  const fresh = `${to}.new`;
  await rm(fresh, { force: true });
  await link(await realpath(from), fresh).catch(() => copyFile(from, fresh));
  await chmod(fresh, 0o755);
  await rename(fresh, to);
}
