import { randomBytes } from 'node:crypto';
import type { V1Pod } from '@kubernetes/client-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { attemptLabel, learnersNamespace } from '../../attempt/labels.ts';
import { apply, remove, type Applier } from '../../cluster/apply.ts';
import type { Mirror } from '../../cluster/mirror.ts';
import type { Text } from '../../contract/text.ts';
import { HaechiError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { formatKubeconfig, kubeconfigForPod, renew, type Kubeconfig } from '../kubeconfig.ts';
import { notice } from '../notice.ts';
import { variablesOf, type Place, type ShellOf } from '../place.ts';
import type { Pty, PtyListeners } from '../pty.ts';
import type { WorkspaceSetup } from '../service.ts';
import { shellEnvironment } from '../shell-environment.ts';
import { apiServerAddresses } from './api-server.ts';
import { execLinks } from './exec-link.ts';
import { commandsFor, commandsForHome, scriptsOf } from './home-files.ts';
import type { OpenLink } from './link.ts';
import * as manifests from './manifests.ts';
import { encodeProgram } from './messages.ts';
import { deletedState, podState, restartWords } from './pod-state.ts';
import { RemotePty } from './remote-pty.ts';
import { runRemote } from './run-remote.ts';

export interface PodDependencies {
  applier: Applier;
  /** Has been started, and is stopped by its owner. */
  mirror: Mirror;
  image: string;
  sizes: manifests.WorkbenchSizes;
  log: Log;
}

const runningWithinMs = 120_000;
const answerWithinMs = 15_000;
const goneWithinMs = 15_000;
const writeWithinMs = 30_000;
/** Connects to the agent, also one that is about to listen. */
const connect = ['socat', '-', 'ABSTRACT-CONNECT:haechi,retry=50,interval=0.1'];
/** One process that would take all of the pod's memory is refused it; the kubelet would end all of them. */
const limited = ['/bin/sh', '-c', '. /etc/haechi/limits; ulimit -d 393216; exec "$@"', 'sh'];
const kubeconfigFile = `${manifests.home}/.kube/config`;

/** One attempt's workbench pod. It and its shells outlive the server; the next one finds them by label. */
export class PodPlace implements Place {
  readonly #attempt: string;
  readonly #dependencies: PodDependencies;
  readonly #onRemoved: () => void;
  readonly #shells = new Map<number, { pty: RemotePty; pod: string; say: (words: Text) => void }>();
  readonly #stopping = new AbortController();
  #setup: WorkspaceSetup | undefined;
  #apiServer: manifests.ApiServerAddresses['service'] | undefined;
  #making: Promise<string> | undefined;

  constructor(attempt: string, dependencies: PodDependencies, onRemoved: () => void) {
    this.#attempt = attempt;
    this.#onRemoved = onRemoved;
    this.#dependencies = dependencies;
  }

  async prepare(setup: WorkspaceSetup, report: (words: Text) => void): Promise<void> {
    const { applier } = this.#dependencies;
    const addresses = await apiServerAddresses(applier.kube);
    await apply(applier, manifests.workbenchPolicy(addresses));
    this.#setup = setup;
    this.#apiServer = addresses.service;
    const found = this.#current();
    // It may be of an earlier version of the lab.
    if (found) await this.#allowReaches(found);
    const pod = await this.#ready(report);
    if (found) await this.#renewKubeconfig(pod);
  }

  async clear(): Promise<void> {
    const { mirror } = this.#dependencies;
    await this.#deletePods();
    const gone = () => this.#current() === undefined;
    if (!(await mirror.until(gone, goneWithinMs, this.#stopping.signal)))
      throw new Error('a workbench pod does not go');
  }

  async start({ number, size }: ShellOf, listeners: PtyListeners): Promise<Pty> {
    const program = this.#program(['bash', '--rcfile', '/etc/haechi/bashrc', '-i']);
    const pod = await this.#ready(() => undefined);
    const pty = this.#shell(pod, { number, size, program, after: 0, listeners });
    const late = new AbortController();
    const answered = await Promise.race([
      pty.greeted.then(() => true),
      sleep(answerWithinMs, false, { signal: late.signal }).catch(() => false),
    ]);
    late.abort();
    if (answered) return pty;
    pty.leave();
    this.#shells.delete(number);
    throw new HaechiError('workbench-unreachable', { reason: `no answer within ${answerWithinMs / 1000} s` });
  }

  resume({ number, size }: ShellOf, after: number, listeners: PtyListeners): Pty | undefined {
    const pod = this.#current()?.metadata?.name;
    return pod === undefined ? undefined : this.#shell(pod, { number, size, program: undefined, after, listeners });
  }

  async run(script: string, signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
    const program = this.#program(['bash', '-c', `exec 2>&1\n${script}`]);
    return runRemote(this.#linksTo(await this.#ready(() => undefined)), program, signal);
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    this.#shells.clear();
    return Promise.resolve();
  }

  async remove(): Promise<void> {
    await this.#deletePods();
    this.#onRemoved();
  }

  /** A pod of the attempt has changed, or is no more. */
  podChanged(name: string): void {
    const pod = this.#dependencies.mirror.get('Pod', name, learnersNamespace);
    const state = pod ? podState(pod) : deletedState;
    if (state.state !== 'gone') return;
    for (const shell of [...this.#shells.values()].filter((each) => each.pod === name)) {
      shell.say(state.words);
      shell.pty.finish(null);
    }
  }

  async #deletePods(): Promise<void> {
    const { applier } = this.#dependencies;
    // One that is just being made is not to be left behind.
    await this.#making?.catch(() => undefined);
    const objects = this.#pods().map(({ metadata = {} }) => {
      const { name = '', namespace = '' } = metadata;
      return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } };
    });
    await Promise.all(objects.map((object) => remove(applier, object)));
  }

  /** All pods of the attempt, those that are going too. */
  #pods(): V1Pod[] {
    return this.#dependencies.mirror
      .list('Pod', learnersNamespace)
      .filter(({ metadata }) => metadata?.labels?.[attemptLabel] === this.#attempt);
  }

  #current(): V1Pod | undefined {
    return this.#pods().find((pod) => podState(pod).state !== 'gone');
  }

  /** The name of a pod that runs and has the lab's files: the one there is, or a new one. */
  #ready(report: (words: Text) => void): Promise<string> {
    this.#making ??= this.#make(report).finally(() => (this.#making = undefined));
    return this.#making;
  }

  async #make(report: (words: Text) => void): Promise<string> {
    const setup = this.#prepared();
    const { applier, image, sizes } = this.#dependencies;
    let name = this.#current()?.metadata?.name;
    if (name === undefined) {
      name = `workbench-${this.#attempt}-${randomBytes(3).toString('hex')}`;
      await this.#allowReaches(await apply(applier, manifests.workbenchPod(this.#attempt, name, image, sizes)));
    }
    const pod = await this.#running(name, report);
    if (pod.metadata?.annotations?.[manifests.preparedAnnotation] !== undefined) return name;
    const kubeconfig = commandsFor(kubeconfigFile, formatKubeconfig(this.#kubeconfig()), '600');
    await this.#write(name, [...commandsForHome(setup.files), ...kubeconfig]);
    await applier.kube.request('PATCH', `/api/v1/namespaces/${learnersNamespace}/pods/${name}`, {
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations: { [manifests.preparedAnnotation]: new Date().toISOString() } } },
    });
    return name;
  }

  /** Lets the pod reach what the lab says. */
  async #allowReaches(pod: V1Pod): Promise<void> {
    const { applier, mirror } = this.#dependencies;
    const { reaches } = this.#prepared();
    const stale = mirror.get('NetworkPolicy', pod.metadata?.name ?? '', learnersNamespace);
    if (reaches.length > 0 || stale) await apply(applier, manifests.reachPolicy(pod, reaches));
  }

  /** @throws HaechiError `workbench-not-ready` with Kubernetes' own reason. */
  async #running(name: string, report: (words: Text) => void): Promise<V1Pod> {
    const { mirror } = this.#dependencies;
    let told = '';
    let found: V1Pod | undefined;
    const settled = () => {
      const pod = mirror.get('Pod', name, learnersNamespace);
      if (!pod) return found !== undefined;
      found = pod;
      const state = podState(pod);
      if (state.state !== 'starting') return true;
      if (state.words.en !== told) report(state.words);
      told = state.words.en;
      return false;
    };
    await mirror.until(settled, runningWithinMs, this.#stopping.signal);
    const state = found && podState(found);
    if (found && state?.state === 'running') return found;
    const reason =
      !state || state.state === 'running'
        ? 'nothing was heard of it'
        : state.state === 'stuck'
          ? state.reason
          : state.words.en;
    throw new HaechiError('workbench-not-ready', { reason });
  }

  #shell(
    pod: string,
    options: ShellOf & { program: string[] | undefined; after: number; listeners: PtyListeners },
  ): RemotePty {
    const { log, mirror } = this.#dependencies;
    const { number, listeners } = options;
    const say = ({ ko, en }: Text) =>
      listeners.onOutput(Buffer.from(notice(`${ko}. 새 터미널을 여세요`, `${en}. Open a new terminal`)));
    const pty = new RemotePty({
      ...options,
      openLink: this.#linksTo(pod),
      listeners: {
        ...listeners,
        onExit: (exitCode) => {
          this.#shells.delete(number);
          listeners.onExit(exitCode);
        },
      },
      onLost: () => say(restartWords(mirror.get('Pod', pod, learnersNamespace))),
      log,
    });
    this.#shells.set(number, { pty, pod, say });
    return pty;
  }

  #kubeconfig(): Kubeconfig {
    if (!this.#apiServer) throw new Error('the API server is not known');
    return kubeconfigForPod(this.#apiServer, manifests.accountFolder, this.#prepared().mainNamespace);
  }

  /** Keeps what the learner changed in it. */
  async #renewKubeconfig(pod: string): Promise<void> {
    const read = this.#program(['bash', '-c', `[ -f ${kubeconfigFile} ] && head -c 262144 ${kubeconfigFile}`]);
    const { exitCode, output } = await runRemote(this.#linksTo(pod), read, AbortSignal.timeout(writeWithinMs));
    const ours = this.#kubeconfig();
    await this.#write(
      pod,
      commandsFor(kubeconfigFile, formatKubeconfig(exitCode === 0 ? renew(output, ours) : ours), '600'),
    );
  }

  async #write(pod: string, commands: readonly string[]): Promise<void> {
    for (const script of scriptsOf(commands)) {
      const program = this.#program(['bash', '-c', `exec 2>&1\n${script}`]);
      const { exitCode, output } = await runRemote(this.#linksTo(pod), program, AbortSignal.timeout(writeWithinMs));
      const reason = output.trim().slice(-300) || `exit code ${exitCode}`;
      if (exitCode !== 0) throw new HaechiError('workbench-not-ready', { reason });
    }
  }

  #program(argv: string[]): string[] {
    const environment = shellEnvironment(variablesOf(this.#prepared()), {
      home: manifests.home,
      kubeconfig: kubeconfigFile,
      path: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
      system: '/etc/haechi',
    });
    return encodeProgram([...limited, ...argv], environment);
  }

  #linksTo(pod: string): OpenLink {
    const at = { namespace: learnersNamespace, pod, container: manifests.container };
    return execLinks(this.#dependencies.applier.kube, at, connect);
  }

  #prepared(): WorkspaceSetup {
    if (!this.#setup) throw new HaechiError('not-found', { what: `workspace ${this.#attempt}` });
    return this.#setup;
  }
}
