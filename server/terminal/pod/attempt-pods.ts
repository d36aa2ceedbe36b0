import { randomBytes } from 'node:crypto';
import type { V1Pod } from '@kubernetes/client-node';
import { attemptLabel, learnersNamespace } from '../../attempt/labels.ts';
import { apply, remove, type Applier } from '../../cluster/apply.ts';
import type { Mirror } from '../../cluster/mirror.ts';
import type { Text } from '../../contract/text.ts';
import { HaechiError } from '../../errors.ts';
import type { WorkspaceSetup } from '../service.ts';
import * as manifests from './manifests.ts';
import { podState } from './pod-state.ts';

export interface AttemptPodsOptions {
  applier: Applier;
  /** Has been started, and is stopped by its owner. */
  mirror: Mirror;
  image: string;
  sizes: manifests.WorkbenchSizes;
}

const runningWithinMs = 120_000;
const goneWithinMs = 15_000;

/** The workbench pods of one attempt: the one that its shells run in, and others that are going. */
export class AttemptPods {
  readonly #attempt: string;
  readonly #options: AttemptPodsOptions;

  constructor(attempt: string, options: AttemptPodsOptions) {
    this.#attempt = attempt;
    this.#options = options;
  }

  /** The one that is not going, if there is one. */
  current(): V1Pod | undefined {
    return this.#all().find((pod) => podState(pod).state !== 'gone');
  }

  async create(): Promise<V1Pod> {
    const { applier, image, sizes } = this.#options;
    const name = `workbench-${this.#attempt}-${randomBytes(3).toString('hex')}`;
    return apply(applier, manifests.workbenchPod(this.#attempt, name, image, sizes));
  }

  /** Lets a pod reach what the lab says, and nothing that an earlier version of the lab said. */
  async allowReaches(pod: V1Pod, reaches: WorkspaceSetup['reaches']): Promise<void> {
    const { applier, mirror } = this.#options;
    const stale = mirror.get('NetworkPolicy', pod.metadata?.name ?? '', learnersNamespace);
    if (reaches.length > 0 || stale) await apply(applier, manifests.reachPolicy(pod, reaches));
  }

  /**
   * Waits until a pod runs.
   * @param report is told what it waits for.
   * @throws HaechiError `workbench-not-ready` with Kubernetes' own reason.
   */
  async running(name: string, report: (words: Text) => void, signal: AbortSignal): Promise<V1Pod> {
    const { mirror } = this.#options;
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
    await mirror.until(settled, runningWithinMs, signal);
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

  async delete(): Promise<void> {
    const objects = this.#all().map(({ metadata = {} }) => {
      const { name = '', namespace = '' } = metadata;
      return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } };
    });
    await Promise.all(objects.map((object) => remove(this.#options.applier, object)));
  }

  /** Resolves when all of them are gone, or going. */
  async gone(signal: AbortSignal): Promise<void> {
    const gone = () => this.current() === undefined;
    if (!(await this.#options.mirror.until(gone, goneWithinMs, signal))) throw new Error('a workbench pod does not go');
  }

  #all(): V1Pod[] {
    return this.#options.mirror
      .list('Pod', learnersNamespace)
      .filter(({ metadata }) => metadata?.labels?.[attemptLabel] === this.#attempt);
  }
}
