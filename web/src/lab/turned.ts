import type { Attempt } from '../../../server/contract/attempt.ts';

/**
 * The checks whose verdict is another than before. Verdicts that come for the first time, when an attempt begins or
 * a page is opened, turn nothing.
 */
export function turnedChecks(before: Attempt | null, now: Attempt): string[] {
  return Object.values(now.verdicts)
    .filter(({ check, outcome }) => {
      const was = before?.verdicts[check]?.outcome;
      return was !== undefined && was !== outcome;
    })
    .map(({ check }) => check);
}
