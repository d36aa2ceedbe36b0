import type { KubernetesObject } from '@kubernetes/client-node';
import type { FlowProber, GetFromPod } from '../cluster/cluster.ts';
import type { Kube } from '../cluster/kube.ts';
import type { Names } from '../content/names.ts';
import type { Finding } from '../contract/verdict.ts';
import type { Text } from '../contract/text.ts';
import type { TrialMemory } from './traffic/trials/memory.ts';

/** All that a check may look at. */
export interface JudgeContext {
  /** The grader's own identity. */
  kube: Kube;
  names: Names;
  /** The scenario's objects as they were applied at the start of the attempt, in the attempt's names. */
  start: KubernetesObject[];
  getFromPod: GetFromPod;
  /** Undefined where packets are simulated. */
  flowProber?: FlowProber | undefined;
  /** What earlier judgements of the same attempt tried. */
  trials?: TrialMemory;
  signal: AbortSignal;
  /** What was asked of the API server for this judgement, by `once`: its checks share the answers. */
  answers?: Map<string, Promise<unknown>>;
}

/**
 * Judges one check: fetches facts, then decides by a pure function of them.
 * @returns the findings; none means `pass`.
 * @throws CannotJudge when facts are missing; KubeError or a network error when the API can't be reached. Both become
 * a verdict of `error`.
 */
export type JudgeCheck<Spec> = (spec: Spec, context: JudgeContext) => Promise<Finding[]>;

/** Facts that are needed for a judgement are missing: pods still starting, say. */
export class CannotJudge extends Error {
  readonly text: Text;
  readonly where: string;

  constructor(text: Text, where = '') {
    super(text.en);
    this.name = 'CannotJudge';
    this.text = text;
    this.where = where;
  }
}
