import type { Picture } from '../contract/picture.ts';
import type { Verdict } from '../contract/verdict.ts';
import type { JudgeContext } from '../grader/check.ts';
import { judgeLab } from '../grader/judge.ts';
import { drawPicture } from '../grader/picture/picture.ts';
import type { TrialMemory } from '../grader/traffic/trials/memory.ts';
import type { Log } from '../log.ts';
import type { Environment } from './environment.ts';
import type { Plot } from './plot.ts';

/** Judges all checks of an attempt and draws its picture. It never rejects: what can't be judged is an `error`. */
export async function judgeAttempt(
  { attempt, lab, names, start }: Plot,
  { grader, getFromPod, flowProber }: Environment,
  signal: AbortSignal,
  { log, trials, onPicture }: { log: Log; trials: TrialMemory; onPicture: (picture: Picture) => void },
): Promise<Verdict[]> {
  const context: JudgeContext = { kube: grader, names, start, getFromPod, flowProber, trials, signal };
  const traffic = Object.values(lab.checks).flatMap((check) => ('traffic' in check ? [check.traffic] : []));
  const drawn = drawPicture(context, traffic).then(onPicture, (error: unknown) => {
    if (!signal.aborted) log.warn({ err: error, attempt }, 'the picture could not be drawn');
  });
  const onUnexpected = (error: unknown, check: string) => {
    if (!signal.aborted) log.error({ err: error, attempt, check }, 'a check could not be judged');
  };
  const [verdicts] = await Promise.all([judgeLab(lab.checks, context, { onUnexpected }), drawn]);
  return verdicts;
}
