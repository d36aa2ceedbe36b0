import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../server/content/content.ts';
import { namesFor } from '../../server/content/names.ts';
import { startToPrompt, timed } from './attempts.ts';
import type { Learner } from '../../server/attempt/attempts.ts';
import { learner, type Bench } from './platform.ts';
import type { Measurement } from './sample.ts';

export interface LabCounts {
  /** How often each lab is started. */
  rounds: number;
  /** How often it is judged, and changed and judged, in each. */
  judgements: number;
}

/** The cluster has come to rest when nothing was judged for so long. */
const restMs = 1500;
/** How long verdicts may take to come after a change. */
const verdictsWithinMs = 30_000;

const goals = { ready: 'p50 < 4000', judged: '< 3000' };

/**
 * A lab's whole life, one after the other: from the click to ready pods and to the prompt, its judgements, a change that
 * closes the namespace or opens it again, starting over, the end.
 */
export async function measureLab(bench: Bench, lab: Lab, { rounds, judgements }: LabCounts): Promise<Measurement[]> {
  const measured = (name: string, goal: string): Measurement => ({
    name: `${lab.id.split('/').at(-1)}: ${name}`,
    unit: 'ms',
    samples: [],
    goal,
  });
  const ready = measured('click to ready', goals.ready);
  const prompt = measured('click to prompt', '');
  const first = measured('first judgement', goals.judged);
  const later = measured('later judgement', goals.judged);
  const change = measured('change to verdicts', goals.judged);
  const over = measured('start over', '');
  const end = measured('end, nothing left', '');
  for (let round = 0; round < rounds; round++) {
    // Another one each time: namespaces called like others that just went make the API server look twice.
    const who = learner(`bench${round}`);
    const judged = nextJudgement(bench);
    const [{ attempt, readyMilliseconds, milliseconds }, firstSeconds] = await Promise.all([
      startToPrompt(bench, who.id, lab.id),
      judged,
    ]);
    const { id } = attempt;
    ready.samples.push(readyMilliseconds);
    prompt.samples.push(milliseconds);
    first.samples.push(firstSeconds * 1000);
    await rest(bench);
    for (let count = 0; count < judgements; count++)
      later.samples.push(await timed(() => bench.attempts.judge(who, id)));
    for (let count = 0; count < judgements; count++) {
      await rest(bench);
      change.samples.push(await timed(() => changeAndHear(bench, lab, who, count % 2 === 0)));
    }
    over.samples.push(
      await timed(async () => {
        await bench.attempts.reset(who, id);
        await bench.when(id, ({ state }) => state === 'active' || state === 'solved');
      }),
    );
    end.samples.push(await timed(() => bench.attempts.end(who, id)));
  }
  return [ready, prompt, first, later, change, over, end];
}

/** Closes the main namespace to all traffic, or opens it again. @returns when all checks have been judged by that. */
async function changeAndHear(bench: Bench, lab: Lab, who: Learner, isClosing: boolean): Promise<void> {
  const { mainNamespace } = namesFor(lab.scenarioContent, who.suffix);
  const path = `/apis/networking.k8s.io/v1/namespaces/${mainNamespace}/networkpolicies`;
  const { kube } = bench.environment.applier;
  const heard = nextJudgement(bench);
  if (isClosing) {
    const spec = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] };
    const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'bench' }, spec };
    await Promise.all([kube.request('POST', path, { body: policy }), heard]);
  } else await Promise.all([kube.request('DELETE', `${path}/bench`), heard]);
}

/** Waits for the next judgement of all checks. @returns the seconds that it took. */
async function nextJudgement(bench: Bench): Promise<number> {
  const late = AbortSignal.any([bench.signal, AbortSignal.timeout(verdictsWithinMs)]);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const ignore = bench.onJudged(({ verdicts, seconds }) => {
    // What could not be judged is judged again.
    if (verdicts.every(({ outcome }) => outcome !== 'error')) resolve(seconds);
  });
  const abort = () => reject(late.reason as Error);
  late.addEventListener('abort', abort, { once: true });
  try {
    return await promise;
  } finally {
    late.removeEventListener('abort', abort);
    ignore();
  }
}

async function rest(bench: Bench): Promise<void> {
  let restsAt = Date.now() + restMs;
  const ignore = bench.onJudged(() => (restsAt = Date.now() + restMs));
  try {
    for (let left = restMs; left > 0; left = restsAt - Date.now())
      await sleep(left, undefined, { signal: bench.signal });
  } finally {
    ignore();
  }
}
