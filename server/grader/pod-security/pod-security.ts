import type { PodSecuritySpec } from '../../content/check-schema.ts';
import type { Finding } from '../../contract/verdict.ts';
import { CannotJudge, type JudgeContext } from '../check.ts';
import { gatherFacts } from './facts.ts';
import { judgeLabels, judgeProbes } from './judge-namespace.ts';
import { judgeWorkloads, type Scope } from './judge-workloads.ts';

/**
 * Whether a namespace enforces a level of the Pod Security Standards, and what is in it complies and runs.
 * @throws CannotJudge while pods are starting and nothing else is wrong.
 */
export async function judgePodSecurity(spec: PodSecuritySpec, context: JudgeContext, scope: Scope): Promise<Finding[]> {
  const facts = await gatherFacts(spec, context);
  const outcomes = judgeWorkloads(facts, spec, scope, context.start, Date.now());
  const findings = [
    ...judgeLabels(facts, spec),
    ...outcomes.flatMap((outcome) => (outcome instanceof CannotJudge ? [] : outcome)),
  ];
  if (findings.length > 0) return findings;
  const probes = judgeProbes(facts, spec);
  if (probes.length > 0) return probes;
  const unjudged = outcomes.find((outcome) => outcome instanceof CannotJudge);
  if (unjudged) throw unjudged;
  return [];
}

/**
 * What a check judges beside the workloads that it names. What some check of the lab names is that check's to judge;
 * what none names is judged by one: the one that names fewest.
 * @param specs all podSecurity checks of the lab, `spec` among them.
 */
export function scopeOf(spec: PodSecuritySpec, specs: readonly PodSecuritySpec[]): Scope {
  const same = specs.filter(({ namespace }) => namespace === spec.namespace);
  const elsewhere = new Set(same.flatMap(({ running }) => running).filter((name) => !spec.running.includes(name)));
  const [broadest = spec] = [...same].sort((a, b) => a.running.length - b.running.length);
  return { elsewhere, rest: broadest === spec };
}
