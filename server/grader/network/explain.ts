import type { Text } from '../../contract/text.ts';
import type { Direction, Policy, Rule } from './compile.ts';
import { allowances, type Allowance, type DirectionVerdict, type FlowVerdict } from './engine.ts';
import type { Flow, FlowEnd } from './flow.ts';
import { distance, nearestMiss, type RuleMiss } from './miss.ts';
import { describeMiss, joinTexts, letsNothingThrough, letsThrough, text } from './words.ts';

/** One sentence or two on why a flow passes or not, and the rule it is about. */
export interface Reason {
  text: Text;
  /** As `NetworkPolicy/db-from-api ingress[0]`; empty when no policy is to blame. */
  where: string;
  /** Null when it holds for the flow as a whole. */
  direction: Direction | null;
}

/** What an end of a flow is called in the words. */
export type NameEnd = (end: FlowEnd) => Text;

/**
 * Why a flow passes or not: the egress of its source, then the ingress of its destination. A flow that passes is
 * explained by all that lets it, one that doesn't by each policy that blocks it, the nearest miss first. What outsiders
 * allow is not worth a sentence.
 * @param nameOf what an end is called in the words; a pod's own name by default.
 */
export function explain(verdict: FlowVerdict, nameOf: NameEnd = nameOfEnd): Reason[] {
  const { egress, ingress } = verdict;
  if (egress.because === 'self') {
    return [
      { text: text('파드는 언제나 자기 자신에 닿습니다.', 'A pod always reaches itself.'), where: '', direction: null },
    ];
  }
  if (egress.because === 'own-node') {
    return [
      {
        text: text(
          '파드와 그 파드가 도는 노드 사이는 언제나 열려 있습니다.',
          'A pod and the node that it runs on always reach each other.',
        ),
        where: '',
        direction: null,
      },
    ];
  }
  return [
    ...explainDirection(verdict, egress, 'egress', nameOf),
    ...explainDirection(verdict, ingress, 'ingress', nameOf),
  ];
}

export function nameOfEnd(end: FlowEnd): Text {
  const name = end.kind === 'pod' ? `${end.pod.namespace}/${end.pod.name}` : end.kind === 'node' ? end.name : end.ip;
  return text(name, name);
}

function explainDirection(
  { flow, state }: FlowVerdict,
  verdict: DirectionVerdict,
  direction: Direction,
  nameOf: NameEnd,
): Reason[] {
  const [own, other] = direction === 'egress' ? [flow.from, flow.to] : [flow.to, flow.from];
  if (!verdict.allowed) {
    const misses = verdict.selecting.map((policy) => ({
      policy,
      miss: nearestMiss(state, policy, flow, direction),
    }));
    misses.sort((a, b) => distanceOf(a.miss) - distanceOf(b.miss));
    const reasons = misses.map(({ policy, miss }) => explainBlock(policy, miss, direction, flow, nameOf(other)));
    return direction === 'egress' && isDns(flow) ? [...withDnsAdvice(reasons, misses[0]?.miss ?? null)] : reasons;
  }
  switch (verdict.because) {
    case 'rule':
      return allowances(state, flow, direction).map((allowance) => explainAllowance(allowance, direction));
    case 'unselected':
      return [
        {
          text: text(
            `${nameOf(own).ko}의 ${direction}를 제한하는 정책이 없습니다.`,
            `No policy restricts ${direction} of ${nameOf(own).en}.`,
          ),
          where: '',
          direction,
        },
      ];
    case 'outside':
      return own.kind === 'pod'
        ? [
            {
              text: text(
                `${nameOf(own).ko}: 호스트 네트워크를 쓰는 파드는 NetworkPolicy가 고르지 않습니다.`,
                `${nameOf(own).en} is on the host network, where no policy selects it.`,
              ),
              where: '',
              direction,
            },
          ]
        : [];
    case 'self':
    case 'own-node':
      return [];
  }
}

function explainAllowance({ policy, rule: index, peer: peerIndex }: Allowance, direction: Direction): Reason {
  const rule = policy[direction]?.[index] as Rule;
  const said = letsThrough(policy, direction, rule, rule.peers?.[peerIndex] ?? null);
  return {
    text: meansEither(rule, peerIndex)
      ? joinTexts([
          said,
          text(
            'namespaceSelector와 podSelector가 두 항목으로 나뉘어 있어 둘 중 하나만 맞아도 열립니다. 둘 다 맞아야 한다면 한 항목에 함께 쓰세요.',
            'Its namespaceSelector and podSelector are two peers, so either is enough; to need both, write them as one peer.',
          ),
        ])
      : said,
    where: whereOf(policy, direction, index),
    direction,
  };
}

/** The well-known slip: one dash too many makes OR of what was meant as AND. */
function meansEither({ peers }: Rule, peerIndex: number): boolean {
  const shape = (index: number) => {
    const peer = peers?.[index];
    if (peer?.kind !== 'pods') return '';
    if (peer.namespaces) return peer.pods ? 'both' : 'namespaces';
    // Every pod of the own namespace, beside others, is no slip: with AND it would say nothing.
    return peer.pods?.length ? 'pods' : '';
  };
  const shapes = (peers ?? []).map((_, index) => shape(index));
  return ['namespaces', 'pods'].includes(shape(peerIndex)) && shapes.includes('namespaces') && shapes.includes('pods');
}

function explainBlock(policy: Policy, miss: RuleMiss | null, direction: Direction, flow: Flow, other: Text): Reason {
  return miss
    ? {
        text: describeMiss(policy, direction, miss, flow, other),
        where: whereOf(policy, direction, miss.rule.index),
        direction,
      }
    : { text: letsNothingThrough(policy, direction), where: `NetworkPolicy/${policy.name}`, direction };
}

/** Forgetting DNS is what restricting egress is known for. A rule for the wrong protocol has said so by itself. */
function withDnsAdvice(reasons: Reason[], nearest: RuleMiss | null): Reason[] {
  const [first, ...rest] = reasons;
  if (!first || (nearest?.port === 'protocol' && nearest.peer === null)) return reasons;
  const advice = text(
    'egress를 제한하면 DNS(53번 포트, UDP와 TCP)도 열어야 이름을 찾습니다.',
    'Where egress is restricted, names resolve only if DNS (port 53, UDP and TCP) is let out too.',
  );
  return [{ ...first, text: joinTexts([first.text, advice]) }, ...rest];
}

function isDns({ port, protocol }: Flow): boolean {
  return port === 53 && (protocol === 'UDP' || protocol === 'TCP');
}

/** A policy without rules is nearer than a rule that is for something else altogether. */
function distanceOf(miss: RuleMiss | null): number {
  return miss ? distance(miss) : 4;
}

function whereOf(policy: Policy, direction: Direction, rule: number): string {
  return `NetworkPolicy/${policy.name} ${direction}[${rule}]`;
}
