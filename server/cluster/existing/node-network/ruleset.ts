import { parseAddress, parseRange } from '../../../grader/network/address.ts';
import { metadataRanges } from '../../lab-network/metadata.ts';
import type { Way, World } from './world.ts';

const table = 'inet haechi';

/**
 * The rules of every node, as `nft -f` reads them: they take the place of those that are there at once. They hold packets from pods
 * of groups alone, by the address that these come from:
 *
 * 1. What answers somebody passes: the kubelet's probes, whoever may reach the pod. It is the direction that counts, not whether a
 *    connection is established: one that was opened before the rules knew the pod ends.
 * 2. To the group's own pods everything passes: the learner's policies alone decide.
 * 3. The ways that are open pass.
 * 4. To other pods, to nodes, to metadata nothing passes; to the node's own addresses neither, whichever it has.
 * 5. Everything else passes, as the internet does.
 *
 * An address that two groups claim is held like theirs and is nobody's own. One of a node or of another pod is never held, whoever
 * claims it. What is no address is left out.
 */
export function rulesetOf(world: World): string {
  const nodes = addressesOf(world.nodes);
  const others = addressesOf(world.otherPods);
  const groups = groupsOf(world, new Set([...nodes, ...others]));
  const sources = [...groups.entries()].flatMap(([index, members]) =>
    members.map((member): [string, string] => [member, `group-${index}`]),
  );
  const claimed = claimedTwice(world, sources);
  const verdicts: [string, string][] = [...sources, ...claimed.map((each): [string, string] => [each, 'beyond'])];
  const closed = [
    ...rangesOf([...metadataRanges, ...world.podRanges]),
    ...others,
    ...verdicts.map(([address]) => address),
    ...nodes,
  ];
  const open = waysOf(world.open);
  const lines = [
    `table ${table}`,
    `delete table ${table}`,
    `table ${table} {`,
    ...set('closed4', 'type ipv4_addr; flags interval; auto-merge', closed.filter(isIPv4)),
    ...set('closed6', 'type ipv6_addr; flags interval; auto-merge', closed.filter(isIPv6)),
    ...set('open4', 'type ipv4_addr . inet_proto . inet_service', open.filter(isIPv4)),
    ...set('open6', 'type ipv6_addr . inet_proto . inet_service', open.filter(isIPv6)),
    ...map(
      'source4',
      'ipv4_addr',
      verdicts.filter(([address]) => isIPv4(address)),
    ),
    ...map(
      'source6',
      'ipv6_addr',
      verdicts.filter(([address]) => isIPv6(address)),
    ),
    ...chain('forward', [
      'type filter hook forward priority filter - 10; policy accept',
      ...preamble,
      ...linkLocal(''),
      'ip saddr vmap @source4',
      'ip6 saddr vmap @source6',
    ]),
    ...chain('input', [
      'type filter hook input priority filter - 10; policy accept',
      ...preamble,
      ...linkLocal('meta iifkind { "bridge", "veth" } '),
      'ip saddr @source4 goto node',
      'ip6 saddr @source6 goto node',
    ]),
    ...[...groups.entries()].flatMap(([index, members]) =>
      chain(`group-${index}`, [
        ...own('ip', members.filter(isIPv4)),
        ...own('ip6', members.filter(isIPv6)),
        'goto beyond',
      ]),
    ),
    ...chain('beyond', [...openWays, 'ip daddr @closed4 drop', 'ip6 daddr @closed6 drop']),
    ...chain('node', [...openWays, 'drop']),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

/** Neighbours are found over IPv6 by packets that no connection is tracked of (RFC 4861). */
const preamble = [
  'ct direction reply accept',
  'ct state related accept',
  'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept',
];

/**
 * Every interface has a link-local address, also in clusters of IPv4 alone, and no pod's status tells it. Nothing in a cluster needs one
 * for more than finding neighbours and addresses (DHCPv6: 546, 547). @param from which interfaces it is about.
 */
function linkLocal(from: string): string[] {
  const unicast = `${from}ip6 saddr fe80::/10 ip6 daddr != ff00::/8`;
  return [`${unicast} meta l4proto tcp drop`, `${unicast} udp dport != 546-547 drop`];
}

const openWays = [
  'ip daddr . meta l4proto . th dport @open4 accept',
  'ip6 daddr . meta l4proto . th dport @open6 accept',
];

/** The members of each group, in the order of the groups' names; without those that belong to somebody else. */
function groupsOf({ groups }: World, taken: ReadonlySet<string>): string[][] {
  const claims = countClaims(groups);
  return [...groups.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, members]) => addressesOf(members).filter((each) => !taken.has(each) && claims.get(each) === 1))
    .filter((members) => members.length > 0);
}

/** Those that several groups claim, as when an address has just gone from one to another. */
function claimedTwice({ groups, nodes, otherPods }: World, sources: readonly [string, string][]): string[] {
  const known = new Set([...sources.map(([address]) => address), ...addressesOf(nodes), ...addressesOf(otherPods)]);
  return [...countClaims(groups).keys()].filter((each) => !known.has(each)).toSorted();
}

function countClaims(groups: World['groups']): Map<string, number> {
  const claims = new Map<string, number>();
  for (const members of groups.values())
    for (const each of addressesOf(members)) claims.set(each, (claims.get(each) ?? 0) + 1);
  return claims;
}

/** Each once, as nft writes it, in a fixed order. One with a zone (`fe80::1%eth0`) is of one machine alone. */
function addressesOf(texts: readonly string[]): string[] {
  const addresses = texts.flatMap((text) => (text.includes('%') ? [] : (parseAddress(text)?.toString() ?? [])));
  return [...new Set(addresses)].toSorted();
}

function rangesOf(texts: readonly string[]): string[] {
  const ranges = texts.map(parseRange).filter((range) => range !== null);
  return [...new Set(ranges.map(([address, bits]) => `${address.toString()}/${bits}`))].toSorted();
}

function waysOf(ways: readonly Way[]): string[] {
  const elements = ways.flatMap(({ address, protocol, port }) => {
    return addressesOf([address]).map((each) => `${each} . ${protocol.toLowerCase()} . ${port}`);
  });
  return [...new Set(elements)].toSorted();
}

function isIPv6(element: string): boolean {
  return element.includes(':');
}

function isIPv4(element: string): boolean {
  return !isIPv6(element);
}

function own(family: 'ip' | 'ip6', members: readonly string[]): string[] {
  return members.length > 0 ? [`${family} daddr { ${members.join(', ')} } accept`] : [];
}

function set(name: string, type: string, elements: readonly string[]): string[] {
  return block(`set ${name}`, [type, ...elementsOf(elements)]);
}

function map(name: string, type: string, verdicts: readonly [string, string][]): string[] {
  return block(`map ${name}`, [
    `type ${type} : verdict`,
    ...elementsOf(verdicts.map(([address, to]) => `${address} : goto ${to}`)),
  ]);
}

function elementsOf(elements: readonly string[]): string[] {
  return elements.length > 0 ? [`elements = { ${elements.join(', ')} }`] : [];
}

function chain(name: string, rules: readonly string[]): string[] {
  return block(`chain ${name}`, rules);
}

function block(head: string, lines: readonly string[]): string[] {
  return [`  ${head} {`, ...lines.map((line) => `    ${line}`), '  }'];
}
