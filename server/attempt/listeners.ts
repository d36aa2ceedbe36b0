import type { Attempt } from '../contract/attempt.ts';
import type { ErrorCode } from '../contract/error-codes.ts';
import type { Picture } from '../contract/picture.ts';
import type { Verdict } from '../contract/verdict.ts';

/** Who hears of what happens to attempts. */
export interface AttemptListeners {
  onAttempt: (attempt: Attempt) => void;
  onPicture: (attempt: string, picture: Picture) => void;
  /** A set-up has come to its end; `problem` is the code of what made it fail. */
  onSetUp?: ((done: SetUpDone) => void) | undefined;
  /** All checks of an attempt were judged. */
  onJudged?: ((done: JudgedDone) => void) | undefined;
}

export interface SetUpDone {
  lab: string;
  outcome: 'ready' | 'failed' | 'aborted';
  problem: ErrorCode | null;
  seconds: number;
}

export interface JudgedDone {
  lab: string;
  verdicts: readonly Verdict[];
  seconds: number;
}
