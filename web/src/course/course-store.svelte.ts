import type { Attempt } from '../../../server/contract/attempt.ts';
import type { Course, LabSummary } from '../../../server/contract/course.ts';
import type { Problem } from '../../../server/contract/problem.ts';
import { problemOf } from '../problem-error.ts';
import { rest } from '../rest.ts';
import { progressOf } from './lab-progress.ts';

/** The course and what this learner has done of it. */
export class CourseStore {
  course = $state.raw<Course | null>(null);
  attempts = $state.raw<Attempt[]>([]);
  problem = $state.raw<Problem | null>(null);
  readonly labs: LabSummary[] = $derived(this.course?.weeks.flatMap((week) => week.labs) ?? []);
  readonly solved: number = $derived(this.labs.filter((lab) => progressOf(lab) === 'solved').length);
  /** The attempt that is open, and its lab. */
  readonly open: { attempt: Attempt; lab: LabSummary } | null = $derived.by(() => {
    const attempt = this.attempts.find(
      ({ state }) => state === 'active' || state === 'preparing' || state === 'solved',
    );
    const lab = this.labs.find(({ id }) => id === attempt?.lab);
    return attempt && lab ? { attempt, lab } : null;
  });

  async load(): Promise<void> {
    try {
      [this.course, this.attempts] = await Promise.all([rest.course(), rest.attempts()]);
      this.problem = null;
    } catch (error) {
      this.problem = problemOf(error);
    }
  }
}
