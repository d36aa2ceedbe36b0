import type { LabSummary } from '../../../server/contract/course.ts';

export type LabProgress = 'solved' | 'open' | 'preparing' | 'tried' | 'fresh';

/** What a learner has done of a lab, in the order of what is worth saying. */
export function progressOf({ state, solved }: Pick<LabSummary, 'state' | 'solved'>): LabProgress {
  if (state === 'active') return 'open';
  if (state === 'preparing') return 'preparing';
  if (solved || state === 'solved') return 'solved';
  return state === null ? 'fresh' : 'tried';
}
