import type { Finding } from '../../contract/verdict.ts';
import type { TrafficSpec } from '../../content/check-schema.ts';
import type { Names } from '../../content/names.ts';
import type { Text } from '../../contract/text.ts';
import type { JudgeContext } from '../check.ts';
import { text } from '../network/words.ts';
import { once } from '../once.ts';
import { gatherFacts, type Facts } from './facts.ts';
import { reference, toFindings } from './findings.ts';
import { judgeFlows } from './judge-flows.ts';
import { placesOf } from './places.ts';
import { compare } from './trials/compare.ts';
import { situationOf } from './trials/memory.ts';
import { planTrials } from './trials/plan.ts';
import { runTrials, type Tried } from './trials/run.ts';

/** What judging traffic came to. */
export interface TrafficJudgement {
  findings: Finding[];
  /** What keeps it from being judged: packets do otherwise than the policies say. */
  contradictions: Finding[];
  /** How it was judged, where that is worth knowing. */
  note: Text | null;
}

/**
 * Which flows pass, by the NetworkPolicies as they stand. `allow` must pass, `deny` must not, and with `others: deny`
 * nothing else may, between all that the attempt has, strangers, the internet and the metadata address. Where pods are
 * real, flows that packets can decide are tried as well, and must do as the policies say.
 * @param specs all of the lab's: their flows are tried together.
 * @throws as JudgeCheck does.
 */
export async function judgeTraffic(
  spec: TrafficSpec,
  context: JudgeContext,
  specs: readonly TrafficSpec[] = [spec],
): Promise<TrafficJudgement> {
  const { facts, tried } = await once(context, 'facts and trials of the traffic', () => gather(context, specs));
  const findings = judgeFacts(facts, spec, context.names);
  return { findings, ...(tried ? compare(planTrials(facts, spec), tried) : { contradictions: [], note: null }) };
}

async function gather(
  context: JudgeContext,
  specs: readonly TrafficSpec[],
): Promise<{ facts: Facts; tried: Tried | null }> {
  const { flowProber, trials: memory, signal } = context;
  const facts = await gatherFacts(context);
  if (!flowProber) return { facts, tried: null };
  const trials = specs.flatMap((spec) => planTrials(facts, spec));
  const situation = situationOf(facts, trials);
  const known = memory?.recall(situation);
  if (known) return { facts, tried: known };
  const tried = await runTrials(trials, flowProber, signal);
  memory?.keep(situation, trials, tried);
  return { facts, tried };
}

/** The pure part. */
export function judgeFacts(facts: Facts, spec: TrafficSpec, names: Names): Finding[] {
  const { violations } = judgeFlows(facts, spec, placesOf(facts, spec));
  return [...missingWorkloads(facts, spec), ...toFindings(violations, spec, names)];
}

/** Flows that must pass need both their ends. */
function missingWorkloads({ missing }: Facts, { allow }: TrafficSpec): Finding[] {
  const needed = new Set(allow.flatMap(({ from, to }) => [from, to]));
  return missing
    .filter(({ id }) => needed.has(id))
    .map(({ id, object }) => ({
      expected: text(`${id} 워크로드가 있어야 합니다.`, `The workload ${id} is there.`),
      found: text(`${object} 오브젝트가 없습니다.`, `${object} is gone.`),
      where: object,
      reference,
    }));
}
