import type { Facts } from '../facts.ts';
import { keyOf, type Trial } from './plan.ts';
import { contradicts } from './proof.ts';
import type { Tried } from './run.ts';

/** What an attempt's last trials said, as long as nothing has changed that packets depend on. */
export class TrialMemory {
  #kept: { situation: string; tried: Tried } | null = null;

  recall(situation: string): Tried | null {
    return this.#kept?.situation === situation ? this.#kept.tried : null;
  }

  /** Trials that contradict the engine, or that could not be made, are made again by the next judgement. */
  keep(situation: string, trials: readonly Trial[], tried: Tried): void {
    const isWhole = tried.untried.size === 0 && !trials.some((trial) => isContradicted(trial, tried));
    this.#kept = isWhole ? { situation, tried } : null;
  }

  forget(): void {
    this.#kept = null;
  }
}

export function isContradicted(trial: Trial, { answers, network }: Tried): boolean {
  const answer = answers.get(keyOf(trial));
  return answer !== undefined && contradicts(answer, trial.verdict.allowed, network);
}

/** All that the answers of trials depend on, to be compared: policies, what they select by, and who talks to whom. */
export function situationOf({ policies, namespaces }: Facts, trials: readonly Trial[]): string {
  const pods = new Map(trials.flatMap(({ source, target }) => [source, target]).map((pod) => [pod, pod]));
  return JSON.stringify([
    policies.map(({ metadata, spec }) => [metadata?.namespace, metadata?.name, spec]),
    namespaces.map(({ real, object }) => [real, object.metadata?.labels]),
    [...pods.keys()],
    trials.map((trial) => [keyOf(trial), trial.verdict.allowed]),
  ]);
}
