import type { Picture } from '../contract/picture.ts';
import type { Progress } from '../contract/progress.ts';
import { TrialMemory } from '../grader/traffic/trials/memory.ts';

/** What this process has under way of an open attempt. */
export interface Live {
  progress: Progress | null;
  picture: Picture | null;
  /** Ends the work under way: set-up, judging. */
  abort: AbortController;
  /** Resolves when no set-up is under way, however it went. */
  setUp: Promise<void>;
  unwatch: () => void;
  trials: TrialMemory;
  expiry: NodeJS.Timeout | undefined;
}

export function newLive(): Live {
  return {
    progress: null,
    picture: null,
    abort: new AbortController(),
    setUp: Promise.resolve(),
    unwatch: () => undefined,
    trials: new TrialMemory(),
    expiry: undefined,
  };
}

/** Ends what is under way. */
export function release(live: Live): void {
  live.abort.abort();
  live.unwatch();
  clearTimeout(live.expiry);
}
