import type { Task } from '../../../server/contract/course.ts';
import type { Verdict } from '../../../server/contract/verdict.ts';

export type TaskState = 'done' | 'now' | 'later';

/** A task is done when all its checks pass; the first that is not is the one to do now. */
export function taskStates(
  tasks: readonly Task[],
  verdicts: Readonly<Record<string, Verdict>>,
): Record<string, TaskState> {
  const states: Record<string, TaskState> = {};
  let now = false;
  for (const { id, checks } of tasks) {
    const done = checks.length > 0 && checks.every((check) => verdicts[check]?.outcome === 'pass');
    states[id] = done ? 'done' : now ? 'later' : 'now';
    now ||= !done;
  }
  return states;
}
