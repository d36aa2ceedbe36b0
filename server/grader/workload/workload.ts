import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpAnswer } from '../../cluster/cluster.ts';
import type { WorkloadSpec } from '../../content/check-schema.ts';
import type { Finding } from '../../contract/verdict.ts';
import { CannotJudge, type JudgeCheck, type JudgeContext } from '../check.ts';
import { text } from '../network/words.ts';
import { judgeAvailable, type Wanted } from './available.ts';
import { readWorkloads, type LiveWorkload, type Workloads } from './read.ts';
import { isReady, rolloutOf } from './rollout.ts';
import { judgeAnswer, noPodToAsk, requestOf, type Request } from './serves.ts';

const answerTimeoutMs = 2000;
const retryAfterMs = 200;

/**
 * Whether the app is still there (`available`) and still answers (`serves`).
 * @throws CannotJudge while pods are starting and nothing else is wrong.
 */
export const judgeWorkload: JudgeCheck<WorkloadSpec> = async (spec, context) => {
  const { names, start } = context;
  const real = (name: string) => names.namespaces[name] ?? name;
  const requests = spec.serves.map((serves) => requestOf(serves, names));
  const namespaces = new Set([
    ...Object.keys(spec.available).map(real),
    ...requests.map(({ from }) => from.split('/')[0] ?? ''),
  ]);
  const workloads = await readWorkloads(context, [...namespaces]);
  const wanted = Object.entries(spec.available).flatMap(([namespace, all]) =>
    all.map((name): Wanted => ({ name, namespace: real(namespace) })),
  );
  const now = Date.now();
  const outcomes = [
    ...wanted.map((each) => attempt(() => judgeAvailable(each, workloads, start, now))),
    ...(await Promise.all(
      requests.map((request) => attemptAsync(() => judgeServing(request, workloads, context, now))),
    )),
  ];
  const findings = outcomes.flatMap((outcome) => (outcome instanceof CannotJudge ? [] : outcome));
  const unjudged = outcomes.find((outcome) => outcome instanceof CannotJudge);
  if (findings.length === 0 && unjudged) throw unjudged;
  return findings;
};

/** @throws CannotJudge when something that is still starting may be the reason for a wrong answer. */
async function judgeServing(
  request: Request,
  workloads: Workloads,
  { getFromPod, signal }: JudgeContext,
  now: number,
): Promise<Finding[]> {
  const asker = workloads.all.find(({ name, pods }) => name === request.from && pods.some(isReady));
  const pod = asker?.pods.find(isReady)?.metadata;
  const findings = pod
    ? judgeAnswer(
        request,
        await ask({ namespace: pod.namespace ?? '', pod: pod.name ?? '' }, request.url, getFromPod, signal),
      )
    : [noPodToAsk(request)];
  const unready = findings.length > 0 ? startingOne(workloads, now) : null;
  if (unready) throw unready;
  return findings;
}

/** Asks again, once, when there was no answer at all. A packet that a policy drops stays dropped: no second wait. */
async function ask(
  from: { namespace: string; pod: string },
  url: string,
  getFromPod: JudgeContext['getFromPod'],
  signal: AbortSignal,
): Promise<HttpAnswer> {
  let answer = await getFromPod(from, url, answerTimeoutMs, signal);
  if (answer.result === 'refused' || answer.result === 'unresolved' || answer.result === 'impossible') {
    await sleep(retryAfterMs, undefined, { signal });
    answer = await getFromPod(from, url, answerTimeoutMs, signal);
  }
  if (answer.result === 'impossible') {
    throw new CannotJudge(
      text(
        `${from.pod} 파드에서 요청을 보내지 못했습니다: ${answer.detail}`,
        `no request could be made from ${from.pod}: ${answer.detail}`,
      ),
      `Pod/${from.pod}`,
    );
  }
  return answer;
}

function startingOne({ all, refusals }: Workloads, now: number): CannotJudge | null {
  for (const workload of all.filter(({ origin }: LiveWorkload) => origin === 'scenario')) {
    const rollout = rolloutOf(workload, refusals, now);
    if (rollout.state === 'starting') return new CannotJudge(rollout.found, rollout.where);
  }
  return null;
}

function attempt(judge: () => Finding[]): Finding[] | CannotJudge {
  try {
    return judge();
  } catch (error) {
    if (error instanceof CannotJudge) return error;
    throw error;
  }
}

async function attemptAsync(judge: () => Promise<Finding[]>): Promise<Finding[] | CannotJudge> {
  try {
    return await judge();
  } catch (error) {
    if (error instanceof CannotJudge) return error;
    throw error;
  }
}
