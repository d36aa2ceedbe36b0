import { describe, expect, test } from 'vitest';
import type { Attempt } from '../../../server/contract/attempt.ts';
import type { Outcome, Verdict } from '../../../server/contract/verdict.ts';
import { progressOf } from '../../../web/src/course/lab-progress.ts';
import { phaseOf } from '../../../web/src/lab/phase.ts';
import { taskStates } from '../../../web/src/lab/task-states.ts';
import { turnedChecks } from '../../../web/src/lab/turned.ts';

const judged = (outcomes: Record<string, Outcome>): Record<string, Verdict> =>
  Object.fromEntries(
    Object.entries(outcomes).map(([check, outcome]) => [
      check,
      { check, outcome, findings: [], judgedAt: '2026-01-01T00:00:00.000Z' },
    ]),
  );

const attempt = (state: Attempt['state'], outcomes: Record<string, Outcome> = {}): Attempt => ({
  id: 'a1',
  lab: 'week-08/default-deny',
  learner: 'me',
  state,
  startedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-01T01:00:00.000Z',
  solvedAt: null,
  namespaces: {},
  mainNamespace: 'production',
  progress: null,
  problem: null,
  verdicts: judged(outcomes),
  regressions: [],
  hints: {},
  points: 0,
  totalPoints: 100,
});

describe('phaseOf', () => {
  test.each([
    [null, 'fresh'],
    [attempt('preparing'), 'preparing'],
    [attempt('active'), 'open'],
    [attempt('solved'), 'open'],
    [attempt('expired'), 'expired'],
    [attempt('ended'), 'ended'],
    [{ ...attempt('ended'), problem: { code: 'unexpected', message: { ko: '-', en: '-' } } }, 'failed'],
  ] as const)('%#: %o', (each, phase) => expect(phaseOf(each)).toBe(phase));
});

describe('taskStates', () => {
  const title = { ko: '-', en: '-' };
  const tasks = [
    { id: 'one', title, hints: 0, checks: ['a'] },
    { id: 'two', title, hints: 0, checks: ['b', 'c'] },
    { id: 'three', title, hints: 0, checks: ['d'] },
  ];

  test('the first that is not done is the one to do now', () => {
    expect(taskStates(tasks, judged({ a: 'pass', b: 'pass', c: 'fail' }))).toEqual({
      one: 'done',
      two: 'now',
      three: 'later',
    });
  });

  test('a later task may be done before', () => {
    expect(taskStates(tasks, judged({ d: 'pass' }))).toEqual({ one: 'now', two: 'later', three: 'done' });
  });

  test('what can not be judged is not done', () => {
    expect(taskStates(tasks, judged({ a: 'error' }))['one']).toBe('now');
  });
});

describe('turnedChecks', () => {
  test('the first verdicts turn nothing', () => {
    expect(turnedChecks(attempt('active'), attempt('active', { a: 'fail' }))).toEqual([]);
    expect(turnedChecks(null, attempt('active', { a: 'pass' }))).toEqual([]);
  });

  test('another outcome does', () => {
    const before = attempt('active', { a: 'fail', b: 'pass', c: 'fail' });
    expect(turnedChecks(before, attempt('active', { a: 'pass', b: 'error', c: 'fail' }))).toEqual(['a', 'b']);
  });
});

describe('progressOf', () => {
  test.each([
    [null, false, 'fresh'],
    ['active', true, 'open'],
    ['preparing', false, 'preparing'],
    ['solved', true, 'solved'],
    ['ended', true, 'solved'],
    ['expired', false, 'tried'],
  ] as const)('state %s, solved %s: %s', (state, solved, progress) =>
    expect(progressOf({ state, solved })).toBe(progress),
  );
});
