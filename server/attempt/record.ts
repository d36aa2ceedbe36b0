import type { Attempt, AttemptState, Regression } from '../contract/attempt.ts';
import type { Problem } from '../contract/problem.ts';
import type { Verdict } from '../contract/verdict.ts';
import type { Progress } from '../contract/progress.ts';
import type { Lab } from '../content/content.ts';
import { namesFor } from '../content/names.ts';

/** An attempt as the platform keeps it. */
export interface AttemptRecord {
  id: string;
  learner: string;
  /** Put behind the scenario's names; empty for a single learner on their own machine. */
  suffix: string;
  lab: string;
  state: AttemptState;
  startedAt: Date;
  expiresAt: Date;
  solvedAt: Date | null;
  problem: Problem | null;
  /** Newest verdict by check id, and what became of it since it last passed. */
  verdicts: Map<string, JudgedCheck>;
  /** Opened hints by task id. */
  hints: Map<string, number>;
}

export interface JudgedCheck {
  verdict: Verdict;
  passedAt: Date | null;
  brokenBy: string | null;
}

/** A check's newest verdict together with what became of it. @param cause the object whose change came just before. */
export function judgedAfter(before: JudgedCheck | undefined, verdict: Verdict, cause: string): JudgedCheck {
  if (verdict.outcome === 'pass') return { verdict, passedAt: new Date(verdict.judgedAt), brokenBy: null };
  const broke = verdict.outcome === 'fail' && before?.verdict.outcome === 'pass';
  return { verdict, passedAt: before?.passedAt ?? null, brokenBy: broke ? cause : (before?.brokenBy ?? null) };
}

export function isOpen(state: AttemptState): boolean {
  return state === 'preparing' || state === 'active' || state === 'solved';
}

/** What clients are told of an attempt. */
export function toAttempt(record: AttemptRecord, lab: Lab, progress: Progress | null): Attempt {
  const names = namesFor(lab.scenarioContent, record.suffix);
  const verdicts = Object.fromEntries([...record.verdicts].map(([check, { verdict }]) => [check, verdict]));
  const points = (passed: boolean) =>
    Object.entries(lab.checks)
      .filter(([check]) => !passed || verdicts[check]?.outcome === 'pass')
      .reduce((sum, [, check]) => sum + check.points, 0);
  return {
    id: record.id,
    lab: record.lab,
    learner: record.learner,
    state: record.state,
    startedAt: record.startedAt.toISOString(),
    expiresAt: record.expiresAt.toISOString(),
    solvedAt: record.solvedAt?.toISOString() ?? null,
    namespaces: names.namespaces,
    mainNamespace: names.mainNamespace,
    progress,
    problem: record.problem,
    verdicts,
    regressions: regressionsOf(record),
    hints: Object.fromEntries(
      [...record.hints].map(([task, opened]) => [
        task,
        lab.tasks.find(({ id }) => id === task)?.hints.slice(0, opened) ?? [],
      ]),
    ),
    points: points(true),
    totalPoints: points(false),
  };
}

function regressionsOf(record: AttemptRecord): Regression[] {
  return [...record.verdicts].flatMap(([check, { verdict, passedAt, brokenBy }]) =>
    verdict.outcome === 'fail' && passedAt
      ? [{ check, passedUntil: passedAt.toISOString(), after: brokenBy ?? '' }]
      : [],
  );
}
