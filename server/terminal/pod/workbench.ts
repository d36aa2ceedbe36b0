import { learnersNamespace } from '../../attempt/labels.ts';
import type { Kube } from '../../cluster/kube.ts';
import { HaechiError } from '../../errors.ts';
import { formatKubeconfig, renew, type Kubeconfig } from '../kubeconfig.ts';
import { variablesOf } from '../place.ts';
import type { WorkspaceSetup } from '../service.ts';
import { shellEnvironment } from '../shell-environment.ts';
import { execLinks } from './exec-link.ts';
import { commandsFor, commandsForHome, scriptsOf } from './home-files.ts';
import type { OpenLink } from './link.ts';
import * as manifests from './manifests.ts';
import { encodeProgram } from './messages.ts';
import { runRemote } from './run-remote.ts';

const writeWithinMs = 30_000;
/** Connects to the agent, also one that is about to listen. */
const connect = ['socat', '-', 'ABSTRACT-CONNECT:haechi,retry=50,interval=0.1'];
/** One process that would take all of the pod's memory is refused it; the kubelet would end all of them. */
const limited = ['/bin/sh', '-c', '. /etc/haechi/limits; ulimit -d 393216; exec "$@"', 'sh'];
const kubeconfigFile = `${manifests.home}/.kube/config`;

/** Links to the agent in a workbench pod. */
export function linksTo(kube: Kube, pod: string): OpenLink {
  return execLinks(kube, { namespace: learnersNamespace, pod, container: manifests.container }, connect);
}

/** Programs in a workbench pod that runs, and the files of its home. */
export class Workbench {
  readonly #openLink: OpenLink;
  readonly #setup: WorkspaceSetup;

  /** @param setup whose variables programs have, and whose files the home. */
  constructor(openLink: OpenLink, setup: WorkspaceSetup) {
    this.#openLink = openLink;
    this.#setup = setup;
  }

  /** A program and what it runs with, as the agent takes it. */
  program(argv: readonly string[]): string[] {
    const environment = shellEnvironment(variablesOf(this.#setup), {
      home: manifests.home,
      kubeconfig: kubeconfigFile,
      path: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
      system: '/etc/haechi',
    });
    return encodeProgram([...limited, ...argv], environment);
  }

  /** Runs a script in a bash; its output is both streams together. Throws like `runRemote`. */
  async run(script: string, signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
    return runRemote(this.#openLink, this.program(['bash', '-c', `exec 2>&1\n${script}`]), signal);
  }

  /** Puts the lab's files and a kubeconfig into a home that is new. @throws HaechiError `workbench-not-ready` */
  async fillHome(kubeconfig: Kubeconfig): Promise<void> {
    await this.#write([...commandsForHome(this.#setup.files), ...kubeconfigCommands(kubeconfig)]);
  }

  /** Keeps what the learner changed in it. @throws HaechiError `workbench-not-ready` */
  async renewKubeconfig(ours: Kubeconfig): Promise<void> {
    const read = this.program(['bash', '-c', `[ -f ${kubeconfigFile} ] && head -c 262144 ${kubeconfigFile}`]);
    const { exitCode, output } = await runRemote(this.#openLink, read, AbortSignal.timeout(writeWithinMs));
    await this.#write(kubeconfigCommands(exitCode === 0 ? renew(output, ours) : ours));
  }

  async #write(commands: readonly string[]): Promise<void> {
    for (const script of scriptsOf(commands)) {
      const { exitCode, output } = await this.run(script, AbortSignal.timeout(writeWithinMs));
      const reason = output.trim().slice(-300) || `exit code ${exitCode}`;
      if (exitCode !== 0) throw new HaechiError('workbench-not-ready', { reason });
    }
  }
}

function kubeconfigCommands(kubeconfig: Kubeconfig): string[] {
  return commandsFor(kubeconfigFile, formatKubeconfig(kubeconfig), '600');
}
