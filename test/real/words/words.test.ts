import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Kube } from '../../../server/cluster/kube.ts';
import { startEmbeddedCluster, type StartedCluster } from '../../embedded-cluster.ts';
import { cases } from './cases.ts';
import { compare, type Comparison } from './compare.ts';
import { Gathering } from './gather.ts';
import { knownDifferences } from './known-differences.ts';

/** How long what is told last, an event, may still be under way on one of the clusters. */
const lateMs = 15_000;

let embedded: StartedCluster;
let kube: Kube;
let real: Gathering;
let simulated: Gathering;
beforeAll(async () => {
  embedded = await startEmbeddedCluster('haechi-words-');
  kube = new Kube(inject('kubeconfig'));
  real = new Gathering(kube, cases);
  simulated = new Gathering(embedded.cluster.kube(), cases);
  const signal = AbortSignal.timeout(170_000);
  await Promise.all([real, simulated].map((each) => each.open()));
  await Promise.all([real, simulated].map((each) => each.settle(signal)));
  const alike = () => cases.every(({ name }) => comparisonOf(name).unknown.length === 0);
  await Promise.race([real, simulated].map((each) => each.until(alike, lateMs, signal)));
}, 180_000);
afterAll(async () => {
  await Promise.all([real, simulated].map((each) => each.close()));
  await kube.close();
  await embedded.stop();
}, 90_000);

function comparisonOf(name: string): Comparison {
  return compare(name, { real: real.facts(name), simulated: simulated.facts(name) }, knownDifferences);
}

test.each(cases)('$name: the simulated node says what the real one does', ({ name }) => {
  expect(comparisonOf(name).unknown).toEqual([]);
});

test('every known difference is still there', () => {
  const seen = new Map(cases.map(({ name }) => [name, comparisonOf(name).known]));
  const gone = knownDifferences
    .filter(({ seldom }) => !seldom)
    .flatMap((each) =>
      each.cases === 'any'
        ? [...seen.values()].some((known) => known.has(each))
          ? []
          : [`in any case: ${each.reason}`]
        : each.cases.filter((name) => !seen.get(name)?.has(each)).map((name) => `${name}: ${each.reason}`),
    );
  expect(gone).toEqual([]);
});
