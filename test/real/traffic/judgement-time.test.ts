import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setUp, type Plot } from '../../../server/attempt/set-up.ts';
import { cleanUp } from '../../../server/attempt/clean-up.ts';
import { loadContent } from '../../../server/content/load.ts';
import { namesFor } from '../../../server/content/names.ts';
import { renderScenario } from '../../../server/content/render.ts';
import { judgeLab } from '../../../server/grader/judge.ts';
import { openClusterUnderTest, type ClusterUnderTest } from '../../behaviour/cluster-under-test.ts';

/** How often the capstone is judged: HAECHI_JUDGEMENTS. */
const count = Number(process.env['HAECHI_JUDGEMENTS'] ?? 5);

let under: ClusterUnderTest;
let plot: Plot;
beforeAll(async () => {
  const content = await loadContent(join(import.meta.dirname, '..', '..', '..'));
  const lab = content.labs.get('week-08/production-lockdown');
  if (!lab) throw new Error('there is no capstone');
  const names = namesFor(lab.scenarioContent, 'timed');
  plot = { attempt: 'timed', lab, names, start: renderScenario(lab.scenarioContent, names) };
  under = await openClusterUnderTest();
  await setUp(plot, under.environment, () => undefined, AbortSignal.timeout(100_000));
});
afterAll(async () => {
  await Promise.all([
    under.environment.terminals.remove(plot.attempt),
    cleanUp(under.environment.applier, plot.attempt, plot.names, plot.start),
  ]);
  await under.stop();
});

test('the capstone is judged with packets in under three seconds', async () => {
  const { grader, getFromPod, flowProber } = under.environment;
  await under.cluster.flowProber?.network(AbortSignal.timeout(60_000));
  const context = { kube: grader, names: plot.names, start: plot.start, getFromPod, flowProber };
  const judge = async () => {
    const began = performance.now();
    const verdicts = await judgeLab(plot.lab.checks, { ...context, signal: AbortSignal.timeout(60_000) });
    return { verdicts, milliseconds: Math.round(performance.now() - began) };
  };
  const first = await judge();
  const samples: number[] = [];
  for (let index = 0; index < count; index++) samples.push((await judge()).milliseconds);
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.min(samples.length - 1, Math.floor(samples.length * share))] ?? 0;
  const notes = first.verdicts.flatMap(({ note }) => note?.en ?? []);
  const figures = { first: first.milliseconds, median: at(0.5), p95: at(0.95), count };
  process.stderr.write(`judgement with packets: ${JSON.stringify({ ...figures, notes })}\n`);
  expect(notes.join()).toContain('also tried with real packets');
  expect(at(0.5)).toBeLessThan(3000);
});
