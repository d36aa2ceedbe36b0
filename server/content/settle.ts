import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../attempt/environment.ts';
import type { Plot } from '../attempt/plot.ts';
import type { Verdict } from '../contract/verdict.ts';
import { judgeLab } from '../grader/judge.ts';

/** How long verdicts may take to become what they should: pods restart after a fix. */
const patience = 120_000;
/** The cluster has come to rest when nothing in the attempt's namespaces has changed for so long. */
const restMs = 400;
/** Some things never rest: a pod that crashes again and again. */
const longestMs = 4_000;

export interface SettleOptions {
  /** What is wrong with the verdicts, in words; empty when they are as they should be. */
  wrong: (verdicts: Verdict[]) => string[];
  /** How often in a row they must be right: more than once where they could still turn. */
  times: number;
  /** Ids of the checks that it is about; all if not given. */
  only?: readonly string[] | undefined;
}

/**
 * Judges a lab whenever its namespaces have come to rest, until nothing is wrong or patience ends.
 * @returns what was wrong in the end; empty when nothing was.
 */
export async function settle(
  plot: Plot,
  { mirror, grader, getFromPod, flowProber }: Environment,
  signal: AbortSignal,
  { wrong, times, only }: SettleOptions,
): Promise<string> {
  const context = { kube: grader, names: plot.names, start: plot.start, getFromPod, flowProber, signal };
  const namespaces = new Set(Object.values(plot.names.namespaces));
  let changedAt = Date.now();
  const ignore = mirror.onChange(({ object }) => {
    if (namespaces.has(object.metadata?.namespace ?? '')) changedAt = Date.now();
  });
  const deadline = Date.now() + patience;
  try {
    for (let right = 0; ;) {
      const until = Date.now() + longestMs;
      for (let left = restMs; left > 0 && Date.now() < until; left = changedAt + restMs - Date.now())
        await sleep(left, undefined, { signal });
      const problems = wrong(await judgeLab(plot.lab.checks, context, { only }));
      right = problems.length === 0 ? right + 1 : 0;
      if (right === times) return '';
      if (Date.now() > deadline) return problems.join('; ');
    }
  } finally {
    ignore();
  }
}
