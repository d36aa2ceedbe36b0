import { z } from 'zod';
import { Text } from './text.ts';

/** `error` means that the check could not be judged; it counts neither as passed nor as failed. */
export const Outcome = z.enum(['pass', 'fail', 'error']);
export type Outcome = z.infer<typeof Outcome>;

/** One thing that a check found wrong (or, in a verdict of `error`, what kept it from judging). */
export const Finding = z.object({
  /** What should be so. */
  expected: Text,
  /** What is so. */
  found: Text,
  /** The object to look at, as `NetworkPolicy/db-from-api ingress[0]`; empty when no one object is to blame. */
  where: z.string(),
  /** Why it is so, or why it matters: one sentence. */
  why: Text.optional(),
  /** A page of the Kubernetes documentation. */
  reference: z.url().optional(),
});
export type Finding = z.infer<typeof Finding>;

/** What the grader says of one check. A verdict of `pass` has no findings; the others have at least one. */
export const Verdict = z.object({
  check: z.string(),
  outcome: Outcome,
  findings: z.array(Finding),
  /** How it was judged, where that is worth knowing: with real packets, or without where some are expected. */
  note: Text.optional(),
  /** ISO 8601. */
  judgedAt: z.iso.datetime(),
});
export type Verdict = z.infer<typeof Verdict>;
