import { expect, test } from 'vitest';
import { judgedAfter } from '../../../server/attempt/record.ts';
import type { Verdict } from '../../../server/contract/verdict.ts';

const verdict = (outcome: Verdict['outcome'], minute: number): Verdict => ({
  check: 'sells',
  outcome,
  findings: [],
  judgedAt: `2026-11-24T10:0${minute}:00.000Z`,
});

test('a check that passed and fails again keeps until when it was right, and what broke it', () => {
  const passed = judgedAfter(undefined, verdict('pass', 1), '');
  const broken = judgedAfter(passed, verdict('fail', 2), 'NetworkPolicy/allow-all');
  expect(broken).toMatchObject({ passedAt: new Date('2026-11-24T10:01:00.000Z'), brokenBy: 'NetworkPolicy/allow-all' });
  expect(judgedAfter(broken, verdict('fail', 3), 'Pod/other').brokenBy).toBe('NetworkPolicy/allow-all');
  expect(judgedAfter(broken, verdict('pass', 4), 'Pod/other')).toMatchObject({
    passedAt: new Date('2026-11-24T10:04:00.000Z'),
    brokenBy: null,
  });
});

test('what never passed was broken by nothing, and an error breaks nothing', () => {
  expect(judgedAfter(undefined, verdict('fail', 1), 'Pod/api').brokenBy).toBeNull();
  const passed = judgedAfter(undefined, verdict('pass', 1), '');
  expect(judgedAfter(passed, verdict('error', 2), 'Pod/api').brokenBy).toBeNull();
});
