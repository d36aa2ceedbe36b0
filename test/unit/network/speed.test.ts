import { expect, test } from 'vitest';
import { judgeFlow } from '../../../server/grader/network/engine.ts';
import { address, flow, pod, policies, stateOf } from './build.ts';

test('judges 10,000 flows in well under a second', () => {
  const yaml = Array.from(
    { length: 12 },
    (_, n) => `
p${n}:
  podSelector: {matchLabels: {app: app${n % 4}}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}, podSelector: {matchLabels: {app: app${n}}}}], ports: [{port: 80}]}]
  egress: [{to: [{ipBlock: {cidr: 10.${n}.0.0/16, except: [10.${n}.1.0/24]}}], ports: [{port: 443}]}]`,
  ).join('');
  const state = stateOf(policies(yaml), { default: { team: 'a' }, other: {} });
  const pods = Array.from({ length: 40 }, (_, n) => pod(`default/p${n}`, { app: `app${n % 6}` }));
  const ends = [...pods, address('8.8.8.8'), address('169.254.169.254')];
  const started = process.cpuUsage();
  let judged = 0;
  let allowed = 0;
  for (const from of ends) {
    for (const to of ends) {
      for (const port of [80, 443, 9]) {
        for (const protocol of ['TCP', 'UDP'] as const) {
          judged++;
          if (judgeFlow(state, flow(from, to, port, protocol)).allowed) allowed++;
        }
      }
    }
  }
  const { user, system } = process.cpuUsage(started);
  const took = (user + system) / 1000;
  console.log(`${judged} flows in ${took.toFixed(0)} ms, ${allowed} of them allowed`);
  expect(judged).toBeGreaterThan(10_000);
  // 100 ms is the goal of CPU time; the limit leaves room for a busy machine.
  expect(took).toBeLessThan(1000);
});
