import { setTimeout as sleep } from 'node:timers/promises';
import type { FlowProber, TrialAnswer, TrialAnswers } from '../../../cluster/cluster.ts';
import type { NetworkMeasure } from '../../../contract/network.ts';
import { keyOf, nameOf, type Trial } from './plan.ts';
import { contradicts } from './proof.ts';

/** What came of the trials of a judgement. */
export interface Tried {
  network: NetworkMeasure;
  /** By the flow's key. */
  answers: ReadonlyMap<string, TrialAnswer>;
  /** Pods from which nothing could be tried, and why. */
  untried: ReadonlyMap<string, string>;
}

/** A policy takes a second or two to be in force: what contradicts the engine is tried again until then. */
const usualPace = { spreadMs: 5000, pauseMs: 250 };
/** How long a pod may take to get the platform's container and to answer. */
const podMs = 12_000;

/**
 * Tries all flows at the same time, from each source by one program, and those that contradict the engine again.
 * @throws the signal's reason when aborted
 */
export async function runTrials(
  trials: readonly Trial[],
  prober: FlowProber,
  signal: AbortSignal,
  { spreadMs, pauseMs } = usualPace,
): Promise<Tried> {
  const network = await prober.network(signal);
  const answers = new Map<string, TrialAnswer>();
  const untried = new Map<string, string>();
  if (network.policies !== 'enforced') return { network, answers, untried };
  let deadline = 0;
  for (let open = distinct(trials); open.length > 0;) {
    await Promise.all(
      bySource(open).map(async (group) => {
        const tried = await tryGroup(group, prober, signal);
        if (tried.result === 'impossible') untried.set(nameOf(group[0].source), tried.detail);
        for (const [index, trial] of group.entries()) {
          if (tried.result === 'impossible') answers.delete(keyOf(trial));
          else answers.set(keyOf(trial), tried.answers[index] ?? 'failed');
        }
      }),
    );
    open = open.filter((trial) => {
      const answer = answers.get(keyOf(trial));
      return answer !== undefined && contradicts(answer, trial.verdict.allowed, network);
    });
    // Counted from the first answers: until then pods may have waited for their container.
    deadline ||= Date.now() + spreadMs;
    if (Date.now() > deadline) break;
    if (open.length > 0) await sleep(pauseMs, undefined, { signal });
  }
  return { network, answers, untried };
}

async function tryGroup(group: Group, prober: FlowProber, signal: AbortSignal): Promise<TrialAnswers> {
  const late = AbortSignal.timeout(podMs);
  const { namespace, name } = group[0].source;
  const flows = group.map(({ target, port, protocol }) => ({ ip: addressOf(target), port, protocol }));
  try {
    return await prober.tryFlows({ namespace, pod: name }, flows, AbortSignal.any([signal, late]));
  } catch (error) {
    signal.throwIfAborted();
    if (!late.aborted) throw error;
    return { result: 'impossible', detail: `no answer within ${podMs / 1000} s` };
  }
}

type Group = [Trial, ...Trial[]];

function bySource(trials: readonly Trial[]): Group[] {
  const groups = new Map<string, Group>();
  for (const trial of trials) {
    const group = groups.get(nameOf(trial.source));
    if (group) group.push(trial);
    else groups.set(nameOf(trial.source), [trial]);
  }
  return [...groups.values()];
}

function distinct(trials: readonly Trial[]): Trial[] {
  return [...new Map(trials.map((trial) => [keyOf(trial), trial])).values()];
}

function addressOf({ ips }: Trial['target']): string {
  return ips.find((ip) => ip.includes('.')) ?? ips[0] ?? '';
}
