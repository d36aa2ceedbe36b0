import type { Text } from '../../contract/text.ts';
import type { TrafficSpec } from '../../content/check-schema.ts';
import { CannotJudge } from '../check.ts';
import { judgeFlow, type FlowVerdict } from '../network/engine.ts';
import type { FlowEnd, FlowProtocol } from '../network/flow.ts';
import { text } from '../network/words.ts';
import { expectationOf, rulesBetween, type PairRules } from './expectations.ts';
import type { Facts } from './facts.ts';
import type { Place } from './places.ts';
import { portNumbers } from './ports.ts';

/** A flow that isn't as the lab wants it. */
export interface Violation {
  kind: 'missing' | 'open';
  from: Place;
  to: Place;
  port: number;
  protocol: FlowProtocol;
  verdict: FlowVerdict;
  /** The pods that it is about, where the others of their workload do otherwise; else empty. */
  pods: readonly string[];
}

export interface JudgedFlows {
  violations: Violation[];
  /** How many flows were judged. */
  judged: number;
}

const protocols: readonly FlowProtocol[] = ['TCP', 'UDP', 'SCTP'];

/** A learner's own lab has thousands. What is much more would keep the platform from everyone else's work. */
const mostFlows = 300_000;

/**
 * Judges every flow that a lab expects something of. Pure.
 * @throws CannotJudge when there are too many.
 */
export function judgeFlows(facts: Facts, spec: TrafficSpec, places: readonly Place[]): JudgedFlows {
  const shared = portNumbers(facts, [
    ...places.flatMap(({ ports, learner }) => (learner ? [] : ports.map(({ port }) => port))),
    ...[...spec.allow, ...spec.deny].flatMap(({ port }) => port ?? []),
  ]);
  const violations: Violation[] = [];
  let judged = 0;
  for (const from of places) {
    for (const to of places) {
      if (from === to && from.role !== 'workload') continue;
      const rules = rulesBetween(spec, from, to);
      if (!rules) continue;
      const targets = from === to ? to.replicas : to.ends;
      const numbers = to.role === 'dns' ? [53] : new Set([...to.ports.map(({ port }) => port), ...shared]);
      if (judged > mostFlows) throw new CannotJudge(tooMany(judged));
      for (const port of numbers) {
        for (const protocol of protocols) {
          const result = judgeOne(facts, rules, from, targets, port, protocol);
          judged += result.judged;
          if (result.wrong) violations.push({ from, to, port, protocol, ...result.wrong });
        }
      }
    }
  }
  return { violations, judged };
}

function tooMany(count: number): Text {
  return text(
    `흐름이 ${count}개가 넘어 판정하지 않았습니다. 만든 워크로드나 정책의 포트 수를 줄여 주세요.`,
    `There are more than ${count} flows to judge. Have fewer workloads of your own, or fewer ports in the policies.`,
  );
}

function judgeOne(
  { state }: Facts,
  rules: PairRules,
  from: Place,
  targets: readonly FlowEnd[],
  port: number,
  protocol: FlowProtocol,
): { judged: number; wrong: Pick<Violation, 'kind' | 'verdict' | 'pods'> | null } {
  const expectation = expectationOf(rules, port, protocol);
  if (expectation === 'may' || expectation === 'unjudged') return { judged: 0, wrong: null };
  const mustPass = expectation === 'must';
  let first: FlowVerdict | null = null;
  let judged = 0;
  let wrong = 0;
  for (const source of from.ends) {
    for (const target of targets) {
      const verdict = judgeFlow(state, { from: source, to: target, port, protocol });
      judged++;
      if (verdict.allowed === mustPass) continue;
      wrong++;
      first ??= verdict;
    }
  }
  if (!first) return { judged, wrong: null };
  const differ = wrong < judged;
  const pods = differ
    ? [...(from.ends.length > 1 ? [first.flow.from] : []), ...(targets.length > 1 ? [first.flow.to] : [])].flatMap(
        (end) => (end.kind === 'pod' ? [end.pod.name] : []),
      )
    : [];
  return { judged, wrong: { kind: mustPass ? 'missing' : 'open', verdict: first, pods } };
}
