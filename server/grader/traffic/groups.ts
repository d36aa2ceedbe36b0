import type { Text } from '../../contract/text.ts';
import { explain, type NameEnd, nameOfEnd } from '../network/explain.ts';
import { joinTexts, text } from '../network/words.ts';
import type { Violation } from './judge-flows.ts';
import type { Place } from './places.ts';

const mostOwners = 4;

/** All that is wrong between two places. */
export interface Pair {
  kind: Violation['kind'];
  from: Place;
  to: Place;
  /** The most telling one first. */
  violations: Violation[];
}

/** Pairs that are wrong for the same reason. */
export interface Group {
  kind: Violation['kind'];
  pairs: Pair[];
  where: string;
  why: Text;
}

/** One for each two places between which something is wrong, the most telling first. */
export function toPairs(violations: readonly Violation[]): Pair[] {
  const pairs = new Map<Place, Map<string, Map<Place, Pair>>>();
  const all: Pair[] = [];
  for (const violation of violations) {
    const { kind, from, to } = violation;
    const byKind = pairs.get(from) ?? new Map<string, Map<Place, Pair>>();
    const byTo = byKind.get(kind) ?? new Map<Place, Pair>();
    let pair = byTo.get(to);
    if (!pair) {
      pair = { kind, from, to, violations: [] };
      all.push(pair);
    }
    pair.violations.push(violation);
    pairs.set(from, byKind.set(kind, byTo.set(to, pair)));
  }
  for (const pair of all) pair.violations.sort((a, b) => rankOfPort(a) - rankOfPort(b));
  return all.sort((a, b) => rankOf(a) - rankOf(b));
}

/** A port that the destination declares says more than any other. */
function rankOfPort({ to, port, protocol }: Violation): number {
  if (to.ports.some((declared) => declared.port === port && declared.protocol === protocol)) return 0;
  return protocol === 'TCP' ? 1 : protocol === 'UDP' ? 2 : 3;
}

/** What happens between the scenario's own workloads says more than what strangers could do. */
function rankOf({ from, to, violations }: Pair): number {
  const rank = ({ role, learner }: Place) =>
    ({ workload: learner ? 1 : 0, dns: 0, address: 2, stranger: 4, 'look-alike': 5 })[role];
  const declared = violations[0] && rankOfPort(violations[0]) === 0 ? 0 : 1;
  return rank(from) + rank(to) + declared + (from === to ? 3 : 0);
}

/** Pairs with the same cause together, in the order of the first of each. */
export function toGroups(pairs: readonly Pair[]): Group[] {
  const groups = new Map<string, Group & { owners: Map<string, Text> }>();
  for (const pair of pairs) {
    const [head] = pair.violations;
    if (!head) continue;
    const { key, where, why, owner } = pair.kind === 'missing' ? causeOfBlock(head) : causeOfOpening(head);
    const group = groups.get(key) ?? { kind: pair.kind, pairs: [], where, why, owners: new Map<string, Text>() };
    group.pairs.push(pair);
    if (owner) group.owners.set(owner.en, owner);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ owners, ...group }) => ({
    ...group,
    pairs: withoutCorners(group.pairs),
    why: owners.size > 1 ? unrestricted(group.why, [...owners.values()]) : group.why,
  }));
}

/** Odd corners of the internet go without saying where all of it is told. */
function withoutCorners(pairs: readonly Pair[]): Pair[] {
  const isCorner = ({ id, name }: Place) => id === 'internet' && name.en !== id;
  const isAll = ({ id, name }: Place) => id === 'internet' && name.en === id;
  return pairs.filter(
    ({ from, to }) =>
      !pairs.some(
        (all) =>
          (isCorner(to) && isAll(all.to) && all.from === from) || (isCorner(from) && isAll(all.from) && all.to === to),
      ),
  );
}

interface Cause {
  key: string;
  where: string;
  why: Text;
  /** For causes that are alike but for whom they are about: whom. */
  owner?: Text;
}

function causeOfBlock(violation: Violation): Cause {
  const reasons = explain(violation.verdict, namesIn(violation));
  // The nearest miss of each direction that blocks.
  const blocking = (['egress', 'ingress'] as const).flatMap((direction) =>
    violation.verdict[direction].allowed ? [] : reasons.filter((reason) => reason.direction === direction).slice(0, 1),
  );
  const why = joinTexts(blocking.map((reason) => reason.text));
  const where = blocking[0]?.where ?? '';
  // DNS is forgotten for all at once, whatever each one's policies are called.
  const key = violation.to.role === 'dns' ? `dns ${violation.protocol}` : `${where} ${why.en}`;
  return { key: `missing ${key}`, where, why };
}

/**
 * Who is to blame for an open flow: who is reached before who reaches, since a pod guards itself best; but a look-alike,
 * which stands for pods that others make, comes last.
 */
function causeOfOpening(violation: Violation): Cause {
  const { verdict, from, to } = violation;
  const onHost = [to, from].find(({ ends }) => ends.some((end) => end.kind === 'pod' && end.pod.hostNetwork));
  if (onHost) {
    const why = text(
      `${onHost.name.ko}: 호스트 네트워크(hostNetwork: true)를 쓰는 파드에는 NetworkPolicy가 듣지 않습니다.`,
      `${onHost.name.en} is on the host network (hostNetwork: true), where NetworkPolicies have no hold on it.`,
    );
    return { key: `host ${onHost.name.en}`, where: onHost.object, why };
  }
  const reasons = explain(verdict, namesIn(violation));
  const candidates = (['ingress', 'egress'] as const)
    .flatMap((direction) => {
      const { because } = verdict[direction];
      const [reason] = reasons.filter((each) => each.direction === direction);
      const place = direction === 'ingress' ? to : from;
      return reason && (because === 'rule' || because === 'unselected') ? [{ direction, because, reason, place }] : [];
    })
    .sort((a, b) => Number(a.place.role === 'look-alike') - Number(b.place.role === 'look-alike'));
  const [first] = candidates;
  if (first?.because === 'rule') {
    const { where, text: why } = first.reason;
    return { key: `rule ${where} ${why.en}`, where, why };
  }
  if (first)
    return { key: `unselected ${first.direction}`, where: '', why: first.reason.text, owner: first.place.name };
  const [reason] = reasons;
  const why = reason?.text ?? text('막는 정책이 없습니다.', 'No policy blocks it.');
  return { key: `other ${why.en}`, where: reason?.where ?? '', why };
}

function unrestricted({ en }: Text, owners: readonly Text[]): Text {
  const direction = en.includes('ingress') ? 'ingress' : 'egress';
  const shown = owners.slice(0, mostOwners);
  const more = owners.length - shown.length;
  const list = (language: 'ko' | 'en') => shown.map((owner) => owner[language]).join(', ');
  return text(
    `${list('ko')}${more > 0 ? ` 외 ${more}곳` : ''}의 ${direction}를 제한하는 정책이 없습니다.`,
    `No policy restricts ${direction} of ${list('en')}${more > 0 ? ` and ${more} more` : ''}.`,
  );
}

/** Ends in the words are called as their places are. */
function namesIn({ from, to, verdict }: Violation): NameEnd {
  return (end) => (end === verdict.flow.from ? from.name : end === verdict.flow.to ? to.name : nameOfEnd(end));
}
