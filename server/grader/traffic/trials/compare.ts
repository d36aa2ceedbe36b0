import type { Text } from '../../../contract/text.ts';
import type { Finding } from '../../../contract/verdict.ts';
import { explain, nameOfEnd, type Reason } from '../../network/explain.ts';
import { joinTexts, text } from '../../network/words.ts';
import { isContradicted } from './memory.ts';
import { keyOf, nameOf, type Trial } from './plan.ts';
import { proofOf } from './proof.ts';
import type { Tried } from './run.ts';

export interface Comparison {
  /** Where packets and engine say otherwise: nobody can be judged by that. */
  contradictions: Finding[];
  /** What was tried, or why nothing was; null when there is nothing to say. */
  note: Text | null;
}

const mostFlows = 4;
const mostPods = 3;

/** Compares what the engine says with what packets did. Pure. */
export function compare(trials: readonly Trial[], tried: Tried): Comparison {
  const { network } = tried;
  if (network.policies !== 'enforced') return { contradictions: [], note: engineAlone(network) };
  const wrong = trials.filter((trial) => isContradicted(trial, tried));
  const passed = wrong.filter(({ verdict }) => !verdict.allowed);
  const dropped = wrong.filter(({ verdict }) => verdict.allowed);
  const contradictions = [
    ...contradiction(passed, (flows) =>
      text(
        `정책으로는 막혀야 하지만 실제 패킷은 통했습니다: ${flows.ko}`,
        `By the policies it is blocked, yet real packets passed: ${flows.en}`,
      ),
    ),
    ...contradiction(dropped, (flows) =>
      text(
        `정책으로는 통해야 하지만 실제 패킷에는 답이 없었습니다: ${flows.ko}`,
        `By the policies it passes, yet real packets got no answer: ${flows.en}`,
      ),
    ),
  ];
  const agreed = trials.filter((trial) => {
    const answer = tried.answers.get(keyOf(trial));
    return answer !== undefined && proofOf(answer, network) !== null && !wrong.includes(trial);
  });
  const notes = [...agreement(agreed.length), ...untriedPods(trials, tried)];
  return { contradictions, note: notes.length > 0 ? joinTexts(notes) : null };
}

function contradiction(trials: readonly Trial[], found: (flows: Text) => Text): Finding[] {
  const [first] = trials;
  if (!first) return [];
  const names = trials.slice(0, mostFlows).map(describe);
  const more = trials.length - names.length;
  const list = (language: 'ko' | 'en') => names.map((name) => name[language]).join(', ');
  const reason = reasonOf(first);
  return [
    {
      expected: text(
        '정책을 계산한 결과와 실제 패킷의 결과가 같아야 합니다.',
        'What the policies say is what real packets do.',
      ),
      found: found(
        text(`${list('ko')}${more > 0 ? ` 외 ${more}개` : ''}`, `${list('en')}${more > 0 ? ` and ${more} more` : ''}`),
      ),
      where: reason?.where ?? '',
      why: joinTexts([
        ...(reason ? [reason.text] : []),
        text(
          '클러스터의 네트워크가 정책을 아직 적용하는 중이거나 다르게 적용합니다. 곧 다시 판정합니다.',
          'The cluster’s network is still putting the policies in force, or does so otherwise. It will be tried again.',
        ),
      ]),
    },
  ];
}

/** What the policies say: of a flow that they block, the direction that does. */
function reasonOf({ verdict, from, to }: Trial): Reason | undefined {
  const { flow } = verdict;
  const reasons = explain(verdict, (end) =>
    end === flow.from ? from.name : end === flow.to ? to.name : nameOfEnd(end),
  );
  return reasons.find(({ direction }) => verdict.allowed || (direction && !verdict[direction].allowed)) ?? reasons[0];
}

function describe({ from, to, source, target, port, protocol }: Trial): Text {
  const suffix = protocol === 'TCP' && to.role !== 'dns' ? '' : `/${protocol}`;
  const flow = (language: 'ko' | 'en') => `${from.name[language]} → ${to.name[language]}:${port}${suffix}`;
  const pods = ` (${source.name} → ${target.name})`;
  return text(flow('ko') + pods, flow('en') + pods);
}

function agreement(count: number): Text[] {
  if (count === 0) return [];
  return [
    text(
      `흐름 ${count}개는 파드에서 실제로 연결해 보았고, 결과가 같았습니다.`,
      `${count === 1 ? 'One flow was' : `${count} flows were`} also tried with real packets from the pods, with the same result.`,
    ),
  ];
}

function untriedPods(trials: readonly Trial[], { untried }: Tried): Text[] {
  const sources = [...new Set(trials.map(({ source }) => nameOf(source)))].filter((name) => untried.has(name));
  const [first] = sources;
  if (first === undefined) return [];
  const reason = untried.get(first) ?? '';
  const pods = sources.slice(0, mostPods).join(', ');
  const more = sources.length - mostPods;
  return [
    text(
      `${pods}${more > 0 ? ` 외 ${more}개 파드` : ''}에서는 연결해 볼 수 없어 정책만으로 판정했습니다 (${reason}).`,
      `Flows from ${pods}${more > 0 ? ` and ${more} more pods` : ''} could not be tried, and are judged by the policies alone (${reason}).`,
    ),
  ];
}

function engineAlone({ policies, reason }: Tried['network']): Text {
  return policies === 'ignored'
    ? text(
        '정책만으로 판정했습니다. 이 클러스터의 네트워크는 NetworkPolicy를 적용하지 않습니다.',
        'Judged by the policies alone: this cluster’s network does not enforce NetworkPolicy.',
      )
    : text(
        `정책만으로 판정했습니다. 이 클러스터의 네트워크가 NetworkPolicy를 적용하는지 알 수 없습니다 (${reason}).`,
        `Judged by the policies alone: whether this cluster’s network enforces NetworkPolicy is not known (${reason}).`,
      );
}
