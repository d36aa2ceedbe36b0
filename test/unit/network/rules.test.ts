/** The rules that the concept page has no recipe for, and the corners of the API reference. */
import { describe, expect, test } from 'vitest';
import { judgeFlow } from '../../../server/grader/network/engine.ts';
import type { Flow, FlowEnd } from '../../../server/grader/network/flow.ts';
import { address, flow, pod, policies, stateOf } from './build.ts';

const web = pod('default/web', { app: 'web' }, { ips: ['10.244.0.5', 'fd00:10:244::5'] });
const peer = pod('default/peer', { app: 'peer' }, { ips: ['10.244.0.6', 'fd00:10:244::6'] });

function passes(yaml: string, judged: Flow, namespaces?: Record<string, Record<string, string>>): boolean {
  return judgeFlow(stateOf(policies(yaml), namespaces), judged).allowed;
}

describe('policyTypes when absent', () => {
  const rows: [string, boolean, boolean][] = [
    // spec, is ingress isolated, is egress isolated
    ['x: {podSelector: {}}', true, false],
    ['x: {podSelector: {}, policyTypes: []}', true, false],
    ['x: {podSelector: {}, ingress: []}', true, false],
    ['x: {podSelector: {}, egress: []}', true, false],
    ['x: {podSelector: {}, egress: [{ports: [{port: 1}]}]}', true, true],
    ['x: {podSelector: {}, policyTypes: [Egress], egress: []}', false, true],
    ['x: {podSelector: {}, policyTypes: [Egress], ingress: [{ports: [{port: 1}]}]}', false, true],
    ['x: {podSelector: {}, policyTypes: [Ingress], egress: [{ports: [{port: 1}]}]}', true, false],
    ['x: {}', true, false],
  ];
  test.for(rows)('%s', ([yaml, ingress, egress]) => {
    expect(passes(yaml, flow(address('8.8.8.8'), web))).toBe(!ingress);
    expect(passes(yaml, flow(web, address('8.8.8.8')))).toBe(!egress);
  });
});

describe('missing and empty lists', () => {
  const rows: [string, boolean][] = [
    ['x: {podSelector: {}, ingress: [{from: []}]}', true],
    ['x: {podSelector: {}, ingress: [{from: [], ports: []}]}', true],
    ['x: {podSelector: {}, ingress: [{from: null, ports: null}]}', true],
    ['x: {podSelector: {}, ingress: [{ports: [{port: 80}]}]}', true],
    ['x: {podSelector: {}, ingress: [{ports: [{port: 81}]}]}', false],
    ['x: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}', true],
    ['x: {podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}', true],
    ['x: {podSelector: {}, ingress: [{from: [{}]}]}', false],
    ['x: {podSelector: {}, ingress: []}', false],
  ];
  test.for(rows)('%s: %s', ([yaml, allowed]) => {
    expect(passes(yaml, flow(peer, web))).toBe(allowed);
  });
});

describe('which pods a peer names', () => {
  const elsewhere = pod('other/peer', { app: 'peer' });
  test('podSelector alone: of the own namespace', () => {
    const yaml = 'x: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}';
    expect([passes(yaml, flow(peer, web)), passes(yaml, flow(elsewhere, web))]).toEqual([true, false]);
  });
  test('namespaceSelector alone, empty: every pod, and no address', () => {
    const yaml = 'x: {podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}';
    const froms = [peer, elsewhere, address('8.8.8.8')];
    expect(froms.map((from) => passes(yaml, flow(from, web)))).toEqual([true, true, false]);
  });
  test('an empty podSelector with a namespaceSelector is not the own namespace', () => {
    const yaml =
      'x: {podSelector: {}, ingress: [{from: [{podSelector: {}, namespaceSelector: {matchLabels: {a: b}}}]}]}';
    const namespaces = { default: {}, other: { a: 'b' } };
    expect([passes(yaml, flow(peer, web), namespaces), passes(yaml, flow(elsewhere, web), namespaces)]).toEqual([
      false,
      true,
    ]);
  });
  test('a policy only selects pods of its own namespace', () => {
    const state = stateOf(policies('x: {podSelector: {}}', 'other'));
    expect(judgeFlow(state, flow(peer, web)).allowed).toBe(true);
    expect(judgeFlow(state, flow(web, elsewhere)).allowed).toBe(false);
  });
});

describe('matchExpressions', () => {
  const rows: [string, Record<string, string>, boolean][] = [
    ['{key: app, operator: In, values: [a, b]}', { app: 'b' }, true],
    ['{key: app, operator: In, values: [a, b]}', { app: 'c' }, false],
    ['{key: app, operator: In, values: [a, b]}', {}, false],
    ['{key: app, operator: NotIn, values: [a, b]}', { app: 'b' }, false],
    ['{key: app, operator: NotIn, values: [a, b]}', { app: 'c' }, true],
    ['{key: app, operator: NotIn, values: [a, b]}', {}, true],
    ['{key: app, operator: Exists}', { app: '' }, true],
    ['{key: app, operator: Exists}', {}, false],
    ['{key: app, operator: DoesNotExist}', { app: '' }, false],
    ['{key: app, operator: DoesNotExist}', {}, true],
    ['{key: app, operator: Sounds, values: [a]}', { app: 'a' }, false],
    ['{key: toString, operator: Exists}', {}, false],
  ];
  test.for(rows)('%s of %o: %s', ([expression, labels, allowed]) => {
    const yaml = `x: {podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [${expression}]}}]}]}`;
    expect(passes(yaml, flow(pod('default/a', labels), web))).toBe(allowed);
  });
  test('all of matchLabels and matchExpressions must hold', () => {
    const yaml =
      'x: {podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {a: "1", b: "2"}, matchExpressions: [{key: c, operator: Exists}]}}]}]}';
    const all: Record<string, string>[] = [
      { a: '1', b: '2', c: '' },
      { a: '1', b: '2' },
      { a: '1', c: '' },
    ];
    const rows = all.map((labels) => passes(yaml, flow(pod('default/a', labels), web)));
    expect(rows).toEqual([true, false, false]);
  });
});

describe('ipBlock', () => {
  const rows: [string, FlowEnd, boolean][] = [
    ['{cidr: 0.0.0.0/0}', address('1.2.3.4'), true],
    ['{cidr: 0.0.0.0/0}', address('2001:db8::1'), false],
    ['{cidr: 0.0.0.0/0, except: [169.254.169.254/32]}', address('169.254.169.254'), false],
    ['{cidr: 0.0.0.0/0, except: [169.254.169.254/32]}', address('169.254.169.253'), true],
    ['{cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.2.0.0/16]}', address('10.2.9.9'), false],
    ['{cidr: 10.244.0.0/16}', peer, true],
    ['{cidr: 10.244.0.0/16, except: [10.244.0.6/32]}', peer, false],
    ['{cidr: 10.0.0.7/8}', address('10.200.0.1'), true],
    ['{cidr: 1.2.3.4/32}', address('1.2.3.4'), true],
    ['{cidr: 1.2.3.4/32}', address('1.2.3.5'), false],
    ['{cidr: 010.0.0.0/8}', address('10.0.0.1'), true],
    ['{cidr: "2001:db8::/32"}', address('2001:db8:ffff::1'), true],
    ['{cidr: "2001:db8::/32"}', address('2001:db9::1'), false],
    ['{cidr: "2001:db8::/32", except: ["2001:db8:1::/48"]}', address('2001:db8:1::1'), false],
    ['{cidr: "::/0"}', address('1.2.3.4'), false],
    ['{cidr: 10.0.0.0/8}', address('::ffff:10.0.0.1'), true],
    ['{cidr: "fd00:10:244::/64"}', peer, true],
    ['{cidr: 192.168.0.0/16}', { kind: 'node', name: 'node-b', ips: ['192.168.0.2'] }, true],
    ['{cidr: 0.0.0.0/0}', pod('default/starting', {}, { ips: [] }), false],
    ['{cidr: nonsense}', address('1.2.3.4'), false],
    ['{cidr: 0.0.0.0/0}', address('nonsense'), false],
  ];
  test.for(rows)('%s from %o: %s', ([block, from, allowed]) => {
    expect(passes(`x: {podSelector: {}, ingress: [{from: [{ipBlock: ${block}}]}]}`, flow(from, web))).toBe(allowed);
    const egress = `x: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: ${block}}]}]}`;
    expect(passes(egress, flow(web, from))).toBe(allowed);
  });
});

describe('ports', () => {
  const server = pod(
    'default/server',
    {},
    {
      namedPorts: [
        { name: 'http', port: 8080, protocol: 'TCP' },
        { name: 'dns', port: 5353, protocol: 'UDP' },
        { name: 'http', port: 8081, protocol: 'TCP' },
      ],
    },
  );
  const rows: [string, number, 'TCP' | 'UDP' | 'SCTP' | 'ICMP', boolean][] = [
    ['{port: 80}', 80, 'TCP', true],
    ['{port: 80}', 80, 'UDP', false],
    ['{port: 80}', 80, 'SCTP', false],
    ['{port: 53, protocol: UDP}', 53, 'UDP', true],
    ['{port: 53, protocol: UDP}', 53, 'TCP', false],
    ['{port: 99, protocol: SCTP}', 99, 'SCTP', true],
    ['{protocol: UDP}', 1234, 'UDP', true],
    ['{protocol: UDP}', 1234, 'TCP', false],
    ['{}', 1234, 'TCP', true],
    ['{}', 1234, 'UDP', false],
    ['{}', 0, 'ICMP', false],
    ['{port: http}', 8080, 'TCP', true],
    ['{port: http}', 8081, 'TCP', true],
    ['{port: http}', 80, 'TCP', false],
    ['{port: http, protocol: UDP}', 8080, 'UDP', false],
    ['{port: dns, protocol: UDP}', 5353, 'UDP', true],
    ['{port: dns}', 5353, 'TCP', false],
    ['{port: https}', 8080, 'TCP', false],
    ['{port: 8000, endPort: 9000, protocol: TCP}', 9000, 'TCP', true],
    ['{port: 8000, endPort: 9000, protocol: TCP}', 9000, 'UDP', false],
    ['{port: 8000, endPort: 8000}', 8000, 'TCP', true],
  ];
  test.for(rows)('%s and %i/%s: %s', ([port, number, protocol, allowed]) => {
    expect(passes(`x: {podSelector: {}, ingress: [{ports: [${port}]}]}`, flow(web, server, number, protocol))).toBe(
      allowed,
    );
    // A named port belongs to the destination for egress too.
    const egress = `x: {podSelector: {}, policyTypes: [Egress], egress: [{ports: [${port}]}]}`;
    expect(passes(egress, flow(web, server, number, protocol))).toBe(allowed);
  });
  test('a name means nothing for an address', () => {
    const yaml = 'x: {podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: http}]}]}';
    expect(passes(yaml, flow(web, address('1.2.3.4'), 8080))).toBe(false);
  });
  test('a rule without ports lets ICMP through', () => {
    expect(passes('x: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}', flow(peer, web, 0, 'ICMP'))).toBe(
      true,
    );
  });
  test('peer and port must match in the same rule', () => {
    const yaml =
      'x: {podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: peer}}}], ports: [{port: 1}]}, {from: [{podSelector: {matchLabels: {app: no}}}], ports: [{port: 80}]}]}';
    expect(passes(yaml, flow(peer, web, 80))).toBe(false);
    expect(passes(yaml, flow(peer, web, 1))).toBe(true);
  });
});

describe('nodes and the host network', () => {
  const denyAll = 'x: {podSelector: {}, policyTypes: [Ingress, Egress]}';
  const host = (nodeName: string) =>
    pod('default/host', { app: 'peer' }, { hostNetwork: true, nodeName, ips: ['192.168.0.9'] });
  const node = (name: string): FlowEnd => ({ kind: 'node', name, ips: ['192.168.0.9'] });
  const rows: [string, Flow, boolean][] = [
    ['from the own node', flow(node('node-a'), web), true],
    ['to the own node', flow(web, node('node-a')), true],
    ['from another node', flow(node('node-b'), web), false],
    ['to another node', flow(web, node('node-b')), false],
    ['from a host network pod of the own node', flow(host('node-a'), web), true],
    ['to a host network pod of the own node', flow(web, host('node-a')), true],
    ['from a host network pod of another node', flow(host('node-b'), web), false],
    ['to a host network pod of another node', flow(web, host('node-b')), false],
    ['host network pods are not isolated', flow(host('node-a'), address('8.8.8.8')), true],
    ['from outside to a host network pod', flow(address('8.8.8.8'), host('node-a')), true],
    ['an unscheduled pod has no own node', flow(host(''), pod('default/new', {}, { nodeName: '' })), false],
  ];
  test.for(rows)('deny all, %s: %s', ([, judged, allowed]) => {
    expect(passes(denyAll, judged)).toBe(allowed);
  });
  test('selectors of peers do not match host network pods, ipBlock does', () => {
    const selector = 'x: {podSelector: {}, ingress: [{from: [{podSelector: {}}, {namespaceSelector: {}}]}]}';
    expect(passes(selector, flow(host('node-b'), web))).toBe(false);
    const block = 'x: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.168.0.9/32}}]}]}';
    expect(passes(block, flow(host('node-b'), web))).toBe(true);
  });
});

test('both directions must let a flow through', () => {
  const yaml = (egress: string, ingress: string) => `
from-peer: {podSelector: {matchLabels: {app: peer}}, policyTypes: [Egress], egress: [${egress}]}
to-web: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: [${ingress}]}`;
  expect(passes(yaml('{}', '{}'), flow(peer, web))).toBe(true);
  expect(passes(yaml('{}', ''), flow(peer, web))).toBe(false);
  expect(passes(yaml('', '{}'), flow(peer, web))).toBe(false);
});

test('an object of the typed client says _from', () => {
  const [policy] = policies('x: {podSelector: {}, ingress: [{_from: [{podSelector: {matchLabels: {a: b}}}]}]}');
  expect(judgeFlow(stateOf(policy ? [policy] : []), flow(peer, web)).allowed).toBe(false);
});
