import { expect, test } from 'vitest';
import { TrafficSpec } from '../../../server/content/check-schema.ts';
import { judgeFlows } from '../../../server/grader/traffic/judge-flows.ts';
import { placesOf } from '../../../server/grader/traffic/places.ts';
import { judgeFacts } from '../../../server/grader/traffic/traffic.ts';
import { deployment, factsOf, names } from './build.ts';
import { fix, shop, tiers } from './shop.ts';

const spec = TrafficSpec.parse(tiers);

/** The shop with so many workloads of the learner's, each under a label and a port of its own. */
function crowd(count: number, policies: string) {
  const learner = Array.from({ length: count }, (_, n) =>
    deployment(`production/own-${n}`, { labels: { own: `v${n}` }, ports: [1000 + n] }),
  );
  return factsOf(shop(), policies, { learner });
}

/** In ms, which a busy machine doesn't change as it does the clock's. */
function cpuTime(work: () => unknown): number {
  const started = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

test.for([
  [0, fix()],
  [0, ''],
  [40, fix()],
  [40, ''],
] as const)('%i workloads of a learner do not make judging slow', ([count, policies]) => {
  const facts = crowd(count, policies);
  const took = cpuTime(() => judgeFacts(facts, spec, names));
  const { judged } = judgeFlows(facts, spec, placesOf(facts, spec));
  console.log(`${judged} flows with ${count} more workloads: ${took.toFixed(0)} ms`);
  expect(judged).toBeGreaterThan(3000);
  expect(took).toBeLessThan(1500);
});

test('too many to judge is said so, and is no verdict', () => {
  expect(() => judgeFacts(crowd(200, ''), spec, names)).toThrow(
    /^There are more than \d+ flows to judge\. Have fewer workloads of your own, or fewer ports in the policies\.$/,
  );
});
