/** What every shell's environment has; nothing of the server's own gets in. */
export function shellEnvironment(
  variables: Record<string, string>,
  places: { home: string; kubeconfig: string; path: string; system: string },
): Record<string, string> {
  return {
    ...variables,
    HOME: places.home,
    KUBECONFIG: places.kubeconfig,
    PATH: places.path,
    USER: 'learner',
    LOGNAME: 'learner',
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    EDITOR: 'nano',
    KUBE_EDITOR: 'nano',
    PAGER: 'less',
    LESS: '-R',
    HISTFILE: `${places.home}/.bash_history`,
    INPUTRC: `${places.system}/inputrc`,
    // kubectl does its work and ends: collecting garbage meanwhile would take a third of its time. A watch goes on, within bounds.
    GOGC: '400',
    GOMEMLIMIT: '96MiB',
  };
}
