import type { CheckSpec, TrafficSpec } from '../content/check-schema.ts';
import type { Text } from '../contract/text.ts';
import type { Finding, Verdict } from '../contract/verdict.ts';
import { KubeError } from '../cluster/kube-error.ts';
import { judgeAccess } from './access/access.ts';
import { CannotJudge, type JudgeContext } from './check.ts';
import { text } from './network/words.ts';
import { judgePodSecurity, scopeOf } from './pod-security/pod-security.ts';
import { judgeTraffic } from './traffic/traffic.ts';
import { judgeWorkload } from './workload/workload.ts';

/** A lab's checks, by id. */
export type Checks = Record<string, CheckSpec>;

export interface JudgeOptions {
  /** Ids of those to be judged; all if not given. */
  only?: readonly string[] | undefined;
  /** Called with each verdict as soon as it is there, before all are. */
  onVerdict?: (verdict: Verdict) => void;
  /** Called with errors that nobody foresaw: their text is for the log, not for a learner. */
  onUnexpected?: (error: unknown, check: string) => void;
}

/** Judges a lab's checks at the same time. It never rejects: what can't be judged is a verdict of `error`. */
export async function judgeLab(
  checks: Checks,
  context: JudgeContext,
  { only = Object.keys(checks), onVerdict, onUnexpected }: JudgeOptions = {},
): Promise<Verdict[]> {
  const shared = { ...context, answers: new Map<string, Promise<unknown>>() };
  const judged = Object.entries(checks).filter(([id]) => only.includes(id));
  return Promise.all(
    judged.map(async ([id, spec]) => {
      const verdict = await judgeCheck(id, spec, shared, { checks, onUnexpected });
      onVerdict?.(verdict);
      return verdict;
    }),
  );
}

/**
 * Judges one check. It never rejects.
 * @param options.checks all checks of its lab, which share the workloads of a namespace between them.
 */
export async function judgeCheck(
  id: string,
  spec: CheckSpec,
  context: JudgeContext,
  { checks = { [id]: spec }, onUnexpected }: Pick<JudgeOptions, 'onUnexpected'> & { checks?: Checks } = {},
): Promise<Verdict> {
  const verdict = (outcome: Verdict['outcome'], findings: Finding[], note: Text | null = null): Verdict => ({
    check: id,
    outcome,
    findings,
    ...(note ? { note } : {}),
    judgedAt: new Date().toISOString(),
  });
  try {
    if ('traffic' in spec) {
      const { findings, contradictions, note } = await judgeTraffic(spec.traffic, context, trafficOf(checks));
      const wrong = contradictions.length > 0 ? 'error' : 'pass';
      return verdict(findings.length > 0 ? 'fail' : wrong, [...findings, ...contradictions], note);
    }
    const findings = await findingsOf(spec, context, checks);
    return verdict(findings.length === 0 ? 'pass' : 'fail', findings);
  } catch (error) {
    const known = obstacle(error);
    if (!known) onUnexpected?.(error, id);
    return verdict('error', [known ?? unexpected]);
  }
}

function trafficOf(checks: Checks): TrafficSpec[] {
  return Object.values(checks).flatMap((check) => ('traffic' in check ? [check.traffic] : []));
}

async function findingsOf(
  spec: Exclude<CheckSpec, { traffic: unknown }>,
  context: JudgeContext,
  checks: Checks,
): Promise<Finding[]> {
  if ('access' in spec) return judgeAccess(spec.access, context);
  if ('workload' in spec) return judgeWorkload(spec.workload, context);
  const all = Object.values(checks).flatMap((check) => ('podSecurity' in check ? [check.podSecurity] : []));
  return judgePodSecurity(spec.podSecurity, context, scopeOf(spec.podSecurity, all));
}

const reachable = text('API 서버에 물을 수 있어야 합니다.', 'The API server can be asked.');
const unexpected: Finding = {
  expected: text('판정할 수 있어야 합니다.', 'The check can be judged.'),
  found: text(
    '판정하다가 예상하지 못한 오류가 났습니다. 서버 로그에 자세한 내용이 있습니다.',
    'Something unexpected went wrong while judging. The server log has the details.',
  ),
  where: '',
};

/** What kept a check from being judged; null if nobody foresaw it. */
function obstacle(error: unknown): Finding | null {
  if (error instanceof CannotJudge) {
    const expected = text('판정할 수 있을 만큼 준비되어야 합니다.', 'What is judged is ready to be judged.');
    return { expected, found: error.text, where: error.where };
  }
  if (error instanceof KubeError) {
    return {
      expected: reachable,
      found: text(
        `API 서버가 답하지 못했습니다 (${error.status}): ${error.message}`,
        `The API server could not answer (${error.status}): ${error.message}`,
      ),
      where: '',
    };
  }
  const reason = networkReason(error);
  if (reason === null) return null;
  return {
    expected: reachable,
    found: text(
      `API 서버에 닿지 못했습니다 (${reason}). 곧 다시 판정합니다.`,
      `The API server could not be reached (${reason}). It will be tried again.`,
    ),
    where: '',
  };
}

/** Why `fetch` got no answer, as `ECONNREFUSED`; null if that isn't what happened. */
function networkReason(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return error.message;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^(E[A-Z]{3,}|UND_ERR_\w+)$/.test(code)) return code;
  if (error.message !== 'fetch failed') return null;
  return networkReason(error.cause) ?? 'fetch failed';
}
