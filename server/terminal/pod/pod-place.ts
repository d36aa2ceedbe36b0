import { setTimeout as sleep } from 'node:timers/promises';
import { learnersNamespace } from '../../attempt/labels.ts';
import { apply } from '../../cluster/apply.ts';
import type { Text } from '../../contract/text.ts';
import { HaechiError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { kubeconfigForPod, type Kubeconfig } from '../kubeconfig.ts';
import { notice } from '../notice.ts';
import type { Place, ShellOf } from '../place.ts';
import type { Pty, PtyListeners } from '../pty.ts';
import type { WorkspaceSetup } from '../service.ts';
import { apiServerAddresses } from './api-server.ts';
import { AttemptPods, type AttemptPodsOptions } from './attempt-pods.ts';
import * as manifests from './manifests.ts';
import { deletedState, podState, restartWords } from './pod-state.ts';
import { RemotePty } from './remote-pty.ts';
import { linksTo, Workbench } from './workbench.ts';

export interface PodDependencies extends AttemptPodsOptions {
  log: Log;
}

const answerWithinMs = 15_000;

/** One attempt's workbench pod. It and its shells outlive the server; the next one finds them by label. */
export class PodPlace implements Place {
  readonly #attempt: string;
  readonly #dependencies: PodDependencies;
  readonly #pods: AttemptPods;
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
    this.#pods = new AttemptPods(attempt, dependencies);
  }

  async prepare(setup: WorkspaceSetup, report: (words: Text) => void): Promise<void> {
    const { applier } = this.#dependencies;
    const addresses = await apiServerAddresses(applier.kube);
    await apply(applier, manifests.workbenchPolicy(addresses));
    this.#setup = setup;
    this.#apiServer = addresses.service;
    const found = this.#pods.current();
    // It may be of an earlier version of the lab.
    if (found) await this.#pods.allowReaches(found, setup.reaches);
    const pod = await this.#ready(report);
    if (found) await this.#workbench(pod).renewKubeconfig(this.#kubeconfig());
  }

  async clear(): Promise<void> {
    await this.#deletePods();
    await this.#pods.gone(this.#stopping.signal);
  }

  async start({ number, size }: ShellOf, listeners: PtyListeners): Promise<Pty> {
    const pod = await this.#ready(() => undefined);
    const program = this.#workbench(pod).program(['bash', '--rcfile', '/etc/haechi/bashrc', '-i']);
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
    const pod = this.#pods.current()?.metadata?.name;
    return pod === undefined ? undefined : this.#shell(pod, { number, size, program: undefined, after, listeners });
  }

  async run(script: string, signal: AbortSignal): Promise<{ exitCode: number; output: string }> {
    return this.#workbench(await this.#ready(() => undefined)).run(script, signal);
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
    // One that is just being made is not to be left behind.
    await this.#making?.catch(() => undefined);
    await this.#pods.delete();
  }

  /** The name of a pod that runs and has the lab's files: the one there is, or a new one. */
  #ready(report: (words: Text) => void): Promise<string> {
    this.#making ??= this.#make(report).finally(() => (this.#making = undefined));
    return this.#making;
  }

  async #make(report: (words: Text) => void): Promise<string> {
    const { reaches } = this.#prepared();
    const { kube } = this.#dependencies.applier;
    let pod = this.#pods.current();
    if (pod === undefined) {
      pod = await this.#pods.create();
      await this.#pods.allowReaches(pod, reaches);
    }
    const name = pod.metadata?.name ?? '';
    const { metadata } = await this.#pods.running(name, report, this.#stopping.signal);
    if (metadata?.annotations?.[manifests.preparedAnnotation] !== undefined) return name;
    await this.#workbench(name).fillHome(this.#kubeconfig());
    await kube.request('PATCH', `/api/v1/namespaces/${learnersNamespace}/pods/${name}`, {
      contentType: 'application/merge-patch+json',
      body: { metadata: { annotations: { [manifests.preparedAnnotation]: new Date().toISOString() } } },
    });
    return name;
  }

  #shell(
    pod: string,
    options: ShellOf & { program: string[] | undefined; after: number; listeners: PtyListeners },
  ): RemotePty {
    const { applier, log, mirror } = this.#dependencies;
    const { number, listeners } = options;
    const say = ({ ko, en }: Text) =>
      listeners.onOutput(Buffer.from(notice(`${ko}. 새 터미널을 여세요`, `${en}. Open a new terminal`)));
    const pty = new RemotePty({
      ...options,
      openLink: linksTo(applier.kube, pod),
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

  #workbench(pod: string): Workbench {
    return new Workbench(linksTo(this.#dependencies.applier.kube, pod), this.#prepared());
  }

  #kubeconfig(): Kubeconfig {
    if (!this.#apiServer) throw new Error('the API server is not known');
    return kubeconfigForPod(this.#apiServer, manifests.accountFolder, this.#prepared().mainNamespace);
  }

  #prepared(): WorkspaceSetup {
    if (!this.#setup) throw new HaechiError('not-found', { what: `workspace ${this.#attempt}` });
    return this.#setup;
  }
}
