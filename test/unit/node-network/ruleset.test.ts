import { array, assert, constantFrom, dictionary, ipV4, ipV6, nat, oneof, property, record, string } from 'fast-check';
import { expect, test } from 'vitest';
import { rulesetOf } from '../../../server/cluster/existing/node-network/ruleset.ts';
import type { World } from '../../../server/cluster/existing/node-network/world.ts';

const nothing: World = { groups: new Map(), otherPods: [], podRanges: [], nodes: [], open: [] };

/** The lines within a block of the text, without their indentation. */
function block(text: string, head: string): string[] {
  const [, rest = ''] = text.split(`\n  ${head} {\n`);
  return (rest.split('\n  }\n')[0] ?? '').split('\n').map((line) => line.trim());
}

function elements(text: string, head: string): string[] {
  const line = block(text, head).find((each) => each.startsWith('elements = '));
  return line === undefined ? [] : line.replace(/^elements = \{ (.*) \}$/, '$1').split(', ');
}

const small = rulesetOf({
  groups: new Map([
    ['attempt b', ['10.244.0.7']],
    ['attempt a', ['10.244.0.6', '10.244.0.5', 'fd00:10::5']],
  ]),
  otherPods: ['10.244.0.2'],
  podRanges: ['10.244.0.0/24', 'fd00:10::/64'],
  nodes: ['10.99.0.1', '2001:db8::1'],
  open: [
    { address: '10.244.0.2', port: 53, protocol: 'UDP' },
    { address: '10.99.0.1', port: 6443, protocol: 'TCP' },
  ],
});

test('the ruleset takes the place of the last one in one transaction', () => {
  expect(small.startsWith('table inet haechi\ndelete table inet haechi\ntable inet haechi {\n')).toBe(true);
  expect(small.endsWith('\n}\n')).toBe(true);
});

test('each pod of an attempt leads to the rules of its attempt', () => {
  expect(elements(small, 'map source4')).toEqual([
    '10.244.0.5 : goto group-0',
    '10.244.0.6 : goto group-0',
    '10.244.0.7 : goto group-1',
  ]);
  expect(elements(small, 'map source6')).toEqual(['fd00:10::5 : goto group-0']);
});

test('there its own pods pass, the rest goes on to what is open and what is closed', () => {
  expect(block(small, 'chain group-0')).toEqual([
    'ip daddr { 10.244.0.5, 10.244.0.6 } accept',
    'ip6 daddr { fd00:10::5 } accept',
    'goto beyond',
  ]);
  expect(block(small, 'chain group-1')).toEqual(['ip daddr { 10.244.0.7 } accept', 'goto beyond']);
  expect(block(small, 'chain beyond')).toEqual([
    'ip daddr . meta l4proto . th dport @open4 accept',
    'ip6 daddr . meta l4proto . th dport @open6 accept',
    'ip daddr @closed4 drop',
    'ip6 daddr @closed6 drop',
  ]);
});

test('DNS and the API server are open, by protocol and port', () => {
  expect(elements(small, 'set open4')).toEqual(['10.244.0.2 . udp . 53', '10.99.0.1 . tcp . 6443']);
});

test('pods, nodes and metadata are closed', () => {
  expect(elements(small, 'set closed4').toSorted()).toEqual(
    [
      '169.254.0.0/16',
      '100.100.100.200/32',
      '168.63.129.16/32',
      '10.244.0.0/24',
      '10.244.0.2',
      '10.244.0.5',
      '10.244.0.6',
      '10.244.0.7',
      '10.99.0.1',
    ].toSorted(),
  );
  expect(elements(small, 'set closed6').toSorted()).toEqual(
    [
      'fe80::/10',
      'fd00:ec2::254/128',
      'fd00:ec2::23/128',
      'fd20:ce::254/128',
      'fd00:10::/64',
      'fd00:10::5',
      '2001:db8::1',
    ].toSorted(),
  );
});

test('answers pass before anything else; what comes in for the node is held the same', () => {
  const forward = block(small, 'chain forward');
  expect(forward.slice(0, 2)).toEqual([
    'type filter hook forward priority filter - 10; policy accept',
    'ct direction reply accept',
  ]);
  expect(forward.slice(-2)).toEqual(['ip saddr vmap @source4', 'ip6 saddr vmap @source6']);
  expect(block(small, 'chain input').slice(-2)).toEqual([
    'ip saddr @source4 goto node',
    'ip6 saddr @source6 goto node',
  ]);
  expect(block(small, 'chain node').at(-1)).toBe('drop');
});

test('without attempts nobody is held', () => {
  const text = rulesetOf({ ...nothing, otherPods: ['10.244.0.2'], nodes: ['10.99.0.1'] });
  expect([...elements(text, 'map source4'), ...elements(text, 'map source6')]).toEqual([]);
});

test('an address that two attempts claim is held, and is neither’s own', () => {
  const groups = new Map([
    ['a', ['10.0.0.1', '10.0.0.9']],
    ['b', ['10.0.0.2', '10.0.0.9']],
  ]);
  const text = rulesetOf({ ...nothing, groups });
  expect(elements(text, 'map source4')).toContain('10.0.0.9 : goto beyond');
  expect([...block(text, 'chain group-0'), ...block(text, 'chain group-1')].join()).not.toContain('10.0.0.9');
});

test('an attempt that claims an address of a node or of another pod does not hold it', () => {
  const text = rulesetOf({
    ...nothing,
    groups: new Map([['a', ['10.0.0.1', '10.99.0.1', '10.0.0.3']]]),
    nodes: ['10.99.0.1'],
    otherPods: ['10.0.0.3'],
  });
  expect(elements(text, 'map source4')).toEqual(['10.0.0.1 : goto group-0']);
  expect(block(text, 'chain group-0')).toEqual(['ip daddr { 10.0.0.1 } accept', 'goto beyond']);
});

const address = oneof(
  ipV4(),
  ipV6(),
  constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '::ffff:10.0.0.1', '10.00.0.2', 'fe80::1%eth0'),
);
const claim = oneof({ weight: 5, arbitrary: address }, { weight: 1, arbitrary: string() });
const world = record({
  groups: dictionary(string({ maxLength: 4 }), array(claim, { maxLength: 4 }), { maxKeys: 4 }).map(
    (groups) => new Map(Object.entries(groups)),
  ),
  otherPods: array(claim, { maxLength: 3 }),
  podRanges: array(oneof(claim, constantFrom('10.0.0.0/24', 'fd00::/64', '10.0.0.0/99')), { maxLength: 2 }),
  nodes: array(claim, { maxLength: 3 }),
  open: array(record({ address: claim, port: nat(65535), protocol: constantFrom('TCP' as const, 'UDP' as const) }), {
    maxLength: 3,
  }),
});

const sources = (text: string) => [...elements(text, 'map source4'), ...elements(text, 'map source6')];
/** An address, written as the text writes it. */
const written = (each: string) =>
  sources(rulesetOf({ ...nothing, groups: new Map([['x', [each]]]) }))[0]?.split(' : ')[0];

test('whatever the world is: all that is held is an attempt’s, and none of a node’s or another pod’s', () => {
  assert(
    property(world, (any) => {
      const held = sources(rulesetOf(any)).map((each) => each.split(' : ')[0]);
      const claimed = [...any.groups.values()].flat().map(written);
      const never = new Set([...any.nodes, ...any.otherPods].map(written));
      expect(held.every((each) => claimed.includes(each) && !never.has(each))).toBe(true);
      const all = claimed.filter((each) => each !== undefined && !never.has(each));
      expect(new Set(held)).toEqual(new Set(all));
      expect(new Set(held).size).toBe(held.length);
    }),
  );
});

test('whatever the world is: an attempt’s own are only those that nobody else claims', () => {
  assert(
    property(world, (any) => {
      const text = rulesetOf(any);
      for (const line of sources(text).filter((each) => each.includes('group-'))) {
        const [member, to = ''] = line.split(' : goto ');
        const claimants = [...any.groups.values()].filter((members) => members.map(written).includes(member));
        expect(claimants.length).toBe(1);
        const own =
          block(text, `chain ${to}`)
            .slice(0, -1)
            .join(', ')
            .match(/[0-9a-f.:]*[.:][0-9a-f.:]+/g) ?? [];
        expect(own).toContain(member);
        expect(own.every((each) => claimants[0]?.map(written).includes(each))).toBe(true);
      }
    }),
  );
});

test('whatever is claimed, only addresses, ranges and ports get into the text', () => {
  const word = String.raw`[0-9a-f.:]+(/\d+)?( \. (tcp|udp) \. \d+)?( : goto (beyond|group-\d+))?`;
  const list = new RegExp(`^(elements = |ip6? daddr )\\{ ${word}(, ${word})* \\}( accept)?$`);
  assert(
    property(world, (any) => {
      const lines = rulesetOf(any)
        .split('\n')
        .map((line) => line.trim());
      const fixed = new Set(
        rulesetOf(nothing)
          .split('\n')
          .map((line) => line.trim()),
      );
      const rest = lines.filter(
        (line) => !fixed.has(line) && line !== 'goto beyond' && !/^chain group-\d+ \{$/.test(line),
      );
      expect(rest.filter((line) => !list.test(line))).toEqual([]);
    }),
  );
});

test('the order in which the world is told changes nothing', () => {
  assert(
    property(world, (any) => {
      const turned: World = {
        groups: new Map([...any.groups].reverse().map(([name, members]) => [name, members.toReversed()])),
        otherPods: any.otherPods.toReversed(),
        podRanges: any.podRanges.toReversed(),
        nodes: any.nodes.toReversed(),
        open: any.open.toReversed(),
      };
      expect(rulesetOf(turned)).toBe(rulesetOf(any));
    }),
  );
});
