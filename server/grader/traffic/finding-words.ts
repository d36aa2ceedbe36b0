import type { Text } from '../../contract/text.ts';
import type { FlowRule, TrafficSpec } from '../../content/check-schema.ts';
import type { Names } from '../../content/names.ts';
import { text } from '../network/words.ts';
import type { Pair } from './groups.ts';
import type { Violation } from './judge-flows.ts';

/** `production/frontend → production/db:5432`, in real names; several ports where they must pass. */
export function describePair({ kind, from, to, violations }: Pair): Text {
  const [head] = violations;
  if (!head) return text('', '');
  const port = ({ port, protocol }: Violation) =>
    protocol === 'TCP' && to.role !== 'dns' ? String(port) : `${port}/${protocol}`;
  const isAllOfDns = to.role === 'dns' && violations.length === to.ports.length;
  const ports = isAllOfDns ? '' : `:${kind === 'missing' ? violations.map(port).join(',') : port(head)}`;
  const others = kind === 'open' && violations.length > 1 && !isAllOfDns;
  const same = from === to;
  const pods = head.pods.length > 0 ? ` (${head.pods.join(', ')})` : '';
  return text(
    `${from.name.ko} → ${to.name.ko}${ports}${pods}${same ? ' (파드끼리)' : ''}${others ? ' (다른 포트도)' : ''}`,
    `${from.name.en} → ${to.name.en}${ports}${pods}${same ? ' (pod to pod)' : ''}${others ? ' (and other ports)' : ''}`,
  );
}

/** What should be so where something is open: who alone may reach the one place, or leave it, that all pairs share. */
export function expectedOfOpen(pairs: readonly Pair[], spec: TrafficSpec, names: Names): Text {
  if (spec.others !== 'deny') return text('이 흐름은 통하지 않아야 합니다.', 'These flows do not pass.');
  const [head] = pairs;
  const one = (end: 'from' | 'to') =>
    head?.[end].role === 'workload' && pairs.every((pair) => pair[end] === head[end]) ? head[end] : null;
  const rules = (end: 'from' | 'to', id: string) =>
    spec.allow
      .filter((rule) => rule[end] === id || rule[end] === id.replace(/\/.*/, '/*'))
      .map((rule) => describeRule(rule, names))
      .join(', ');
  const to = one('to');
  if (to) {
    const allowed = rules('to', to.id);
    return allowed
      ? text(`${to.name.ko}에 닿는 것은 이것뿐이어야 합니다: ${allowed}`, `Only this reaches ${to.name.en}: ${allowed}`)
      : text(`${to.name.ko}에는 아무것도 닿지 않아야 합니다.`, `Nothing reaches ${to.name.en}.`);
  }
  const from = one('from');
  if (from) {
    const allowed = rules('from', from.id);
    return allowed
      ? text(
          `${from.name.ko}에서 나가는 것은 이것뿐이어야 합니다: ${allowed}`,
          `Only this leaves ${from.name.en}: ${allowed}`,
        )
      : text(`${from.name.ko}에서는 아무것도 나가지 않아야 합니다.`, `Nothing leaves ${from.name.en}.`);
  }
  return text('앱에 필요한 흐름 말고는 통하지 않아야 합니다.', 'Only the flows that the app needs pass.');
}

function describeRule({ from, to, port, protocol }: FlowRule, { namespaces }: Names): string {
  const real = (end: string) => end.replace(/^([a-z0-9-]+)(?=\/)/, (name) => namespaces[name] ?? name);
  const suffix = to === 'dns' || port === undefined ? '' : `:${port}${protocol === 'TCP' ? '' : `/${protocol}`}`;
  return `${real(from)} → ${real(to)}${suffix}`;
}
