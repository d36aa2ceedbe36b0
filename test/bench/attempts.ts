import type { Attempt } from '../../server/contract/attempt.ts';
import { judgeLab } from '../../server/grader/judge.ts';
import { namesFor } from '../../server/content/names.ts';
import { renderScenario } from '../../server/content/render.ts';
import { learner, type Bench } from './platform.ts';
import type { Measurement } from './sample.ts';

const capstone = 'week-08/production-lockdown';
/** The first lab of a course, with a namespace and half as many objects. */
const firstLab = 'week-08/default-deny';
const size = { columns: 120, rows: 30 };

/**
 * Starts a lab and opens a shell. @returns milliseconds until all pods are ready, and until the prompt stands as well.
 */
export async function startToPrompt(
  bench: Bench,
  name: string,
  lab = capstone,
): Promise<{ attempt: Attempt; readyMilliseconds: number; milliseconds: number }> {
  const began = performance.now();
  const { id } = await bench.attempts.start(learner(name), lab, { replace: true });
  let readyMilliseconds = 0;
  const active = bench
    .when(id, ({ state }) => state === 'active' || state === 'solved')
    .finally(() => (readyMilliseconds = performance.now() - began));
  // Whoever comes first says what failed.
  active.catch(() => undefined);
  // As the page does: the shell is opened while the pods start.
  await bench.when(id, ({ state, progress }) => state !== 'preparing' || progress?.step === 'pods');
  const terminal = await bench.environment.terminals.open(id, size);
  await new Promise<void>((resolve) => {
    let text = '';
    const view = bench.environment.terminals.attach(terminal.id, 0, ({ data, offset }) => {
      text += Buffer.from(data).toString();
      view?.seen(offset + data.length);
      if (text.includes('$ ')) resolve();
    }) as ReturnType<typeof bench.environment.terminals.attach> | undefined;
  });
  const attempt = await active;
  return { attempt, readyMilliseconds, milliseconds: performance.now() - began };
}

/** From the click to the prompt, pods running: one after the other, then all at once. */
export async function measureAttempts(
  bench: Bench,
  counts: { alone: number; together: number },
): Promise<Measurement[]> {
  const alone: number[] = [];
  const reset: number[] = [];
  const ended: number[] = [];
  for (let index = 0; index < counts.alone; index++) {
    const who = learner('alone');
    const { attempt, milliseconds } = await startToPrompt(bench, who.id);
    alone.push(milliseconds);
    const { id } = attempt;
    reset.push(
      await timed(async () => {
        await bench.attempts.reset(who, id);
        await bench.when(id, ({ state }) => state === 'active');
      }),
    );
    ended.push(await timed(() => bench.attempts.end(who, id)));
  }
  const together = `${counts.together} at once`;
  const goal = '< 5000 each';
  const capstones = await startTogether(bench, counts.together, capstone);
  const firstLabs = await startTogether(bench, counts.together, firstLab);
  return [
    { name: 'click to prompt, alone', unit: 'ms', samples: alone, goal: 'p50 < 500, p95 < 1000' },
    { name: `click to prompt, ${together}`, unit: 'ms', samples: capstones, goal },
    { name: `click to prompt, ${together}, default-deny`, unit: 'ms', samples: firstLabs, goal },
    { name: 'start over', unit: 'ms', samples: reset, goal: '' },
    { name: 'end, nothing left', unit: 'ms', samples: ended, goal: '' },
  ];
}

/**
 * For learners that are new: namespaces called like others that just went make the API server look twice.
 * @returns milliseconds until each has a prompt and all pods ready.
 */
async function startTogether(bench: Bench, count: number, lab: string): Promise<number[]> {
  const names = Array.from({ length: count }, (_, index) => `${lab.replace(/.*\//, '')}-${index}`);
  const started = await Promise.all(names.map((name) => startToPrompt(bench, name, lab)));
  await Promise.all(started.map(({ attempt }, index) => bench.attempts.end(learner(names[index] ?? ''), attempt.id)));
  return started.map(({ milliseconds }) => milliseconds);
}

/** @returns milliseconds that it took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** The capstone's whole judgement, and from a change in the cluster to the verdict that it turns. */
export async function measureVerdicts(bench: Bench, count: number): Promise<Measurement[]> {
  const who = learner('judged');
  const { id } = await bench.attempts.start(who, capstone);
  await bench.when(id, ({ verdicts }) => Object.keys(verdicts).length > 0);
  const lab = bench.content.labs.get(capstone);
  if (!lab) throw new Error(`there is no lab ${capstone}`);
  const names = namesFor(lab.scenarioContent, who.suffix);
  const { grader, getFromPod, applier } = bench.environment;
  const context = {
    kube: grader,
    names,
    start: renderScenario(lab.scenarioContent, names),
    getFromPod,
    signal: AbortSignal.timeout(600_000),
  };
  const judged: number[] = [];
  const turned: number[] = [];
  for (let index = 0; index < count; index++) {
    const began = performance.now();
    await judgeLab(lab.checks, context);
    judged.push(performance.now() - began);
  }
  const label = (level: string | null) =>
    applier.kube.request('PATCH', `/api/v1/namespaces/${names.mainNamespace}`, {
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': level } } },
    });
  const security = Object.entries(lab.checks).find(([, check]) => 'podSecurity' in check)?.[0] ?? '';
  const words = (attempt: Attempt) => JSON.stringify(attempt.verdicts[security]?.findings);
  for (let index = 0; index < count; index++) {
    const before = words(bench.attempts.get(who, id));
    const began = performance.now();
    await label(index % 2 === 0 ? 'restricted' : null);
    await bench.when(id, (attempt) => words(attempt) !== before);
    turned.push(performance.now() - began);
  }
  await bench.attempts.end(who, id);
  return [
    { name: 'judgement of the capstone', unit: 'ms', samples: judged, goal: '< 500' },
    { name: 'change to verdict', unit: 'ms', samples: turned, goal: '< 1000' },
  ];
}
