import type { Attempt } from '../../../server/contract/attempt.ts';

/** Where a learner is with a lab; `failed` when its set-up did, `open` also when it is solved. */
export type Phase = 'fresh' | 'preparing' | 'open' | 'failed' | 'ended' | 'expired';

export function phaseOf(attempt: Attempt | null): Phase {
  if (!attempt) return 'fresh';
  switch (attempt.state) {
    case 'preparing':
      return 'preparing';
    case 'active':
    case 'solved':
      return 'open';
    case 'expired':
      return 'expired';
    case 'ended':
      return attempt.problem ? 'failed' : 'ended';
  }
}

export function isOpen(attempt: Attempt): boolean {
  const phase = phaseOf(attempt);
  return phase === 'preparing' || phase === 'open';
}

/** Whether its shells can be opened: their files are there before its pods are. */
export function hasWorkspace(attempt: Attempt | null): boolean {
  return phaseOf(attempt) === 'open' || (attempt?.state === 'preparing' && attempt.progress?.step === 'pods');
}
