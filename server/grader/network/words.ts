import type { Text } from '../../contract/text.ts';
import type { Direction, Peer, Policy, Port, Rule } from './compile.ts';
import type { Flow } from './flow.ts';
import type { PeerMiss, RuleMiss } from './miss.ts';
import { formatRequirement, formatSelector, type Labels, type Requirement } from './selector.ts';

export function text(ko: string, en: string): Text {
  return { ko, en };
}

/** One after the other, in both languages. */
export function joinTexts(texts: readonly Text[]): Text {
  return text(texts.map(({ ko }) => ko).join(' '), texts.map(({ en }) => en).join(' '));
}

/** `5432/TCP, 8000-8100/TCP, http/TCP`; every port of a protocol is `*`. */
export function formatPorts(ports: readonly Port[] | null): string {
  return (ports ?? [])
    .map(({ port, endPort, protocol }) => `${port ?? '*'}${endPort === null ? '' : `-${endPort}`}/${protocol}`)
    .join(', ');
}

/** Whom a rule lets in or out, as `pods with app=api in production`. */
export function describePeer(policy: Policy, peer: Peer | null): Text {
  if (peer === null) return text('모든 곳', 'anywhere');
  if (peer.kind === 'nothing') return text('아무것도 아닌 곳', 'nothing');
  if (peer.kind === 'ipBlock') {
    const except = peer.except.map(({ cidr }) => cidr).join(', ');
    return except ? text(`${peer.cidr}(${except} 제외)`, `${peer.cidr} except ${except}`) : text(peer.cidr, peer.cidr);
  }
  const place =
    peer.namespaces === null
      ? text(`${policy.namespace}의`, `in ${policy.namespace}`)
      : peer.namespaces.length === 0
        ? text('모든 네임스페이스의', 'in any namespace')
        : text(
            `${formatSelector(peer.namespaces)} 네임스페이스의`,
            `in namespaces with ${formatSelector(peer.namespaces)}`,
          );
  return peer.pods?.length
    ? text(`${place.ko} ${formatSelector(peer.pods)} 파드`, `pods with ${formatSelector(peer.pods)} ${place.en}`)
    : text(`${place.ko} 모든 파드`, `every pod ${place.en}`);
}

export function letsThrough(policy: Policy, direction: Direction, rule: Rule, peer: Peer | null): Text {
  const whom = describePeer(policy, peer);
  const ports = formatPorts(rule.ports);
  const [ko, en] =
    direction === 'ingress'
      ? [`${whom.ko}에서 들어오는`, `in from ${whom.en}`]
      : [`${whom.ko}에 나가는`, `out to ${whom.en}`];
  return text(
    `${policy.name} 정책이 ${ko} 흐름을 허용합니다 (${ports || '모든 포트'}).`,
    `${policy.name} lets ${en} on ${ports || 'every port'}.`,
  );
}

export function letsNothingThrough(policy: Policy, direction: Direction): Text {
  return direction === 'ingress'
    ? text(`${policy.name} 정책은 아무것도 들어오지 못하게 합니다.`, `${policy.name} lets nothing in.`)
    : text(`${policy.name} 정책은 아무것도 나가지 못하게 합니다.`, `${policy.name} lets nothing out.`);
}

/** @param other what the other end is called. */
export function describeMiss(policy: Policy, direction: Direction, miss: RuleMiss, flow: Flow, other: Text): Text {
  const peer = miss.peer && (miss.rule.peers?.[miss.peer.index] ?? null);
  const misses = miss.peer?.misses ?? [];
  const unknown = misses.find((part) => part.condition === 'namespace' && part.unknown);
  if (unknown) return describePeerMiss(policy, direction, peer, unknown, other);
  // A rule that is for something else altogether is told by what it is for.
  if (misses.length + (miss.port === null ? 0 : 1) > 1) return letsOnlyThrough(policy, direction, miss.rule, peer);
  const [only] = misses;
  return only ? describePeerMiss(policy, direction, peer, only, other) : describePortMiss(policy, miss, flow);
}

function letsOnlyThrough(policy: Policy, direction: Direction, rule: Rule, peer: Peer | null): Text {
  const whom = describePeer(policy, peer);
  const ports = formatPorts(rule.ports);
  return direction === 'ingress'
    ? text(
        `${policy.name} 정책은 ${whom.ko}에서 들어오는 흐름만 허용합니다${ports && ` (${ports})`}.`,
        `${policy.name} only lets in from ${whom.en}${ports && ` on ${ports}`}.`,
      )
    : text(
        `${policy.name} 정책은 ${whom.ko}에 나가는 흐름만 허용합니다${ports && ` (${ports})`}.`,
        `${policy.name} only lets out to ${whom.en}${ports && ` on ${ports}`}.`,
      );
}

function describePeerMiss(policy: Policy, direction: Direction, peer: Peer | null, miss: PeerMiss, other: Text): Text {
  const { ko: whomKo, en: whomEn } = describePeer(policy, peer);
  const lets = text(
    direction === 'ingress'
      ? `${policy.name} 정책은 ${whomKo}에서 들어오는 흐름만 허용합니다.`
      : `${policy.name} 정책은 ${whomKo}에 나가는 흐름만 허용합니다.`,
    direction === 'ingress' ? `${policy.name} lets in from ${whomEn}` : `${policy.name} lets out to ${whomEn}`,
  );
  switch (miss.condition) {
    case 'pod': {
      const has = describeLabel(miss.requirement, miss.labels, other);
      return text(`${lets.ko} ${has.ko}`, `${lets.en}; ${has.en}`);
    }
    case 'namespace': {
      if (miss.requirement === null) {
        return text(
          `${lets.ko} ${other.ko}: 다른 네임스페이스라서 같은 항목에 namespaceSelector도 있어야 합니다.`,
          `${lets.en}; ${other.en} is in another namespace, which takes a namespaceSelector in the same peer.`,
        );
      }
      if (miss.unknown) {
        const label = formatRequirement(miss.requirement);
        return text(
          `${policy.name} 정책이 찾는 ${label} 레이블을 가진 네임스페이스가 없습니다. kubernetes.io/metadata.name 레이블은 어느 네임스페이스에나 있습니다.`,
          `${policy.name} looks for namespaces with ${label}, and no namespace carries it; kubernetes.io/metadata.name is always there.`,
        );
      }
      const namespace = miss.labels['kubernetes.io/metadata.name'] ?? '';
      const has = describeLabel(miss.requirement, miss.labels, text(namespace, namespace));
      return text(`${lets.ko} ${has.ko}`, `${lets.en}; ${has.en}`);
    }
    case 'range':
      return text(`${lets.ko} ${other.ko}: 그 범위 밖입니다.`, `${lets.en}; ${other.en} is not in that range.`);
    case 'except':
      return text(
        `${policy.name} 정책은 ${miss.cidr} 가운데 ${miss.except} 범위를 뺍니다.`,
        `${policy.name} excepts ${miss.except} from ${miss.cidr}.`,
      );
    case 'no-pod':
      return text(
        `${lets.ko} ${other.ko}: 파드 네트워크에 없어서 ipBlock으로만 고를 수 있습니다.`,
        `${lets.en}; ${other.en} is not on the pod network, so only an ipBlock can name it.`,
      );
    case 'nothing':
      return text(
        `${policy.name} 정책의 항목이 비어 있습니다.`,
        `A peer of ${policy.name} is empty: it names nothing.`,
      );
  }
}

function describePortMiss(policy: Policy, miss: RuleMiss, flow: Flow): Text {
  const ports = formatPorts(miss.rule.ports);
  const wanted = `${flow.port}/${flow.protocol}`;
  switch (miss.port) {
    case 'protocol':
      return text(
        `${policy.name} 정책은 ${ports} 포트만 열고 ${flow.protocol} 프로토콜은 열지 않습니다. protocol을 쓰지 않으면 TCP입니다.`,
        `${policy.name} opens ${ports}, not ${wanted}; a port without protocol is TCP.`,
      );
    case 'name':
      return text(
        `${policy.name} 정책은 이름으로 ${ports} 포트를 열지만, 받는 쪽의 ${wanted} 포트에는 그런 이름이 없습니다.`,
        `${policy.name} opens ${ports} by name, and that is not what the destination calls ${wanted}.`,
      );
    case 'number':
    case null:
      return text(
        `${policy.name} 정책은 ${ports} 포트만 열고 ${wanted} 포트는 열지 않습니다.`,
        `${policy.name} opens ${ports}, not ${wanted}.`,
      );
  }
}

function describeLabel({ key }: Requirement, labels: Labels, owner: Text): Text {
  const value = labels[key];
  return value === undefined
    ? text(`${owner.ko}에는 ${key} 레이블이 없습니다.`, `${owner.en} has no label ${key}.`)
    : text(`${owner.ko}에는 ${key}=${value} 레이블이 있습니다.`, `${owner.en} has ${key}=${value}.`);
}
