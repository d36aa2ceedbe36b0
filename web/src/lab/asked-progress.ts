import type { Progress } from '../../../server/contract/progress.ts';
import { words } from '../words/words.ts';

/** What is seen of a request that takes a while, until the server tells of its steps. @param askedAt milliseconds since 1970 */
export function askedProgress(what: 'start' | 'end', askedAt: number): Progress {
  return {
    step: what,
    title: { ko: words.ko.lab.asked[what], en: words.en.lab.asked[what] },
    fraction: null,
    startedAt: new Date(askedAt).toISOString(),
  };
}
