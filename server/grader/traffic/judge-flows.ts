import type { TrafficSpec } from '../../content/check-schema.ts';
import { judgeFlow, type FlowVerdict } from '../network/engine.ts';
import type { FlowEnd, FlowProtocol } from '../network/flow.ts';
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

/** Judges every flow that a lab expects something of. Pure. */
export function judgeFlows(facts: Facts, spec: TrafficSpec, places: readonly Place[]): JudgedFlows {
  const numbers = portNumbers(facts, [
    ...places.flatMap(({ ports }) => ports.map(({ port }) => port)),
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
      for (const port of to.role === 'dns' ? [53] : numbers) {
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
