import { expect, it } from 'vitest';
import { answersOf, trying } from '../../../server/cluster/existing/probe/try-flows.ts';

const tcp = { ip: '10.244.0.5', port: 8080, protocol: 'TCP' as const };
const udp = { ip: '10.244.0.2', port: 53, protocol: 'UDP' as const };

/** What the script writes, by both builds of BusyBox' nc. */
it.each([
  ['answered', 'answered', tcp],
  ["nc: can't connect to remote host (10.244.0.5): Connection refused", 'refused', tcp],
  ['nc: 10.244.0.5 (10.244.0.5:8080): Connection refused', 'refused', tcp],
  ['nc: timed out', 'silent', tcp],
  ['nc: 10.244.0.5 (10.244.0.5:8080): Connection timed out', 'silent', tcp],
  ["nc: can't connect to remote host (10.244.0.5): No route to host", 'unreachable', tcp],
  ["nc: can't connect to remote host (10.244.0.5): Network is unreachable", 'unreachable', tcp],
  ['', 'failed', tcp],
  ['sh: nc: not found', 'failed', tcp],
  [
    'Server: 10.244.0.2 Address: 10.244.0.2:53 Name: kubernetes.default.svc.cluster.local Address: 10.96.0.1',
    'answered',
    udp,
  ],
  [
    "Server: 10.244.0.2 Address: 10.244.0.2:53 ** server can't find kubernetes.default.svc.cluster.local: NXDOMAIN",
    'answered',
    udp,
  ],
  ['', 'silent', udp],
  ['Terminated', 'silent', udp],
  [';; connection timed out; no servers could be reached', 'silent', udp],
  ['nslookup: read: Connection refused Terminated', 'refused', udp],
  ['sh: nslookup: not found', 'failed', udp],
] as const)('%s is %s', (said, answer, flow) => {
  expect(answersOf([flow], { stdout: `0 ${said}\n` })).toEqual([answer]);
});

it('keeps the order of the flows, whichever answers first; one that says nothing was not tried', () => {
  expect(answersOf([tcp, tcp, tcp], { stdout: '2 answered\n0 nc: timed out\n' })).toEqual([
    'silent',
    'failed',
    'answered',
  ]);
});

it('gives each flow to the script, and time for as many rounds as it takes', () => {
  const { argv, timeoutMs } = trying([tcp, udp]);
  expect(argv.slice(4)).toEqual(['1', '16', 'tcp', '10.244.0.5', '8080', 'udp', '10.244.0.2', '53']);
  expect(timeoutMs).toBe(9000);
  expect(trying(Array<typeof tcp>(33).fill(tcp)).timeoutMs).toBe(11000);
});
