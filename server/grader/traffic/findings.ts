import type { Finding } from '../../contract/verdict.ts';
import type { TrafficSpec } from '../../content/check-schema.ts';
import type { Names } from '../../content/names.ts';
import { text } from '../network/words.ts';
import { describePair, expectedOfOpen } from './finding-words.ts';
import { toGroups, toPairs, type Group } from './groups.ts';
import type { Violation } from './judge-flows.ts';

export const reference = 'https://kubernetes.io/docs/concepts/services-networking/network-policies/';

const mostFindings = 5;
/** How many of the findings tell of blocked flows while there are open ones to tell of, too. */
const mostMissing = 3;
const mostFlows = 4;

/** Few findings of many flows: those that share a cause are told together, the most telling first. */
export function toFindings(violations: readonly Violation[], spec: TrafficSpec, names: Names): Finding[] {
  const groups = toGroups(toPairs(violations));
  const missing = groups.filter(({ kind }) => kind === 'missing');
  const open = groups.filter(({ kind }) => kind === 'open');
  const firstMissing = missing.slice(0, Math.max(mostMissing, mostFindings - open.length));
  const told = [...firstMissing, ...open.slice(0, mostFindings - firstMissing.length)];
  const untold = groups.filter((group) => !told.includes(group));
  return [...told.map((group) => toFinding(group, spec, names)), ...restOf(untold)];
}

function toFinding({ kind, pairs, where, why }: Group, spec: TrafficSpec, names: Names): Finding {
  const shown = pairs.slice(0, mostFlows);
  const more = pairs.length - shown.length;
  const list = (language: 'ko' | 'en') => shown.map((pair) => describePair(pair)[language]).join(', ');
  const found =
    kind === 'missing'
      ? text(
          `막혀 있습니다: ${list('ko')}${more > 0 ? ` 외 ${more}개` : ''}`,
          `Blocked: ${list('en')}${more > 0 ? ` and ${more} more` : ''}`,
        )
      : text(
          `열려 있습니다: ${list('ko')}${more > 0 ? ` 외 ${more}개` : ''}`,
          `Open: ${list('en')}${more > 0 ? ` and ${more} more` : ''}`,
        );
  const expected =
    kind === 'missing'
      ? text('앱에 필요한 흐름은 통해야 합니다.', 'The flows that the app needs pass.')
      : expectedOfOpen(pairs, spec, names);
  return { expected, found, where, why, reference };
}

/** What was too much to tell one by one is counted. */
function restOf(untold: readonly Group[]): Finding[] {
  const count = untold.reduce((sum, { pairs }) => sum + pairs.length, 0);
  if (count === 0) return [];
  return [
    {
      expected: text('앱에 필요한 흐름만 통해야 합니다.', 'Only the flows that the app needs pass, and all of them.'),
      found: text(`이 밖에도 흐름 ${count}개가 다릅니다.`, `${count} more flows are not as they should be.`),
      where: '',
      reference,
    },
  ];
}
