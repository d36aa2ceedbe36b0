import { z } from 'zod';
import { Problem } from './problem.ts';
import { Progress } from './progress.ts';
import { Text } from './text.ts';
import { Verdict } from './verdict.ts';

/** `preparing` → `active` → `solved`; from any of these to `ended` (by the learner, or set-up failed) or `expired`. */
export const AttemptState = z.enum(['preparing', 'active', 'solved', 'ended', 'expired']);
export type AttemptState = z.infer<typeof AttemptState>;

/** A check that had passed and fails again. */
export const Regression = z.object({
  check: z.string(),
  /** Until when it was right, ISO 8601. */
  passedUntil: z.iso.datetime(),
  /** The object whose change came just before, as `NetworkPolicy/allow-all`; empty if not known. */
  after: z.string(),
});
export type Regression = z.infer<typeof Regression>;

export const Attempt = z.object({
  id: z.string(),
  lab: z.string(),
  learner: z.string(),
  state: AttemptState,
  startedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  solvedAt: z.iso.datetime().nullable(),
  /** By the scenario's name, the real one: `{production: 'production-minji'}`. */
  namespaces: z.record(z.string(), z.string()),
  mainNamespace: z.string(),
  /** While preparing or resetting. */
  progress: Progress.nullable(),
  /** Why set-up failed, when it did. */
  problem: Problem.nullable(),
  /** The newest verdict of each check that was judged, by check id. */
  verdicts: z.record(z.string(), Verdict),
  regressions: z.array(Regression),
  /** Hints that the learner opened, by task id. */
  hints: z.record(z.string(), z.array(Text)),
  /** Passed points and all points. */
  points: z.number(),
  totalPoints: z.number(),
});
export type Attempt = z.infer<typeof Attempt>;
