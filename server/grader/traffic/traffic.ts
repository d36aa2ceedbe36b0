import type { Finding } from '../../contract/verdict.ts';
import type { TrafficSpec } from '../../content/check-schema.ts';
import type { Names } from '../../content/names.ts';
import type { JudgeCheck } from '../check.ts';
import { text } from '../network/words.ts';
import { gatherFacts, type Facts } from './facts.ts';
import { reference, toFindings } from './findings.ts';
import { judgeFlows } from './judge-flows.ts';
import { placesOf } from './places.ts';

/**
 * Which flows pass, by the NetworkPolicies as they stand. `allow` must pass, `deny` must not, and with `others: deny`
 * nothing else may, between all that the attempt has, strangers, the internet and the metadata address.
 */
export const judgeTraffic: JudgeCheck<TrafficSpec> = async (spec, context) =>
  judgeFacts(await gatherFacts(context), spec, context.names);

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
