import type { Attempt } from '../../server/contract/attempt.ts';
import type { Course, LabDetail } from '../../server/contract/course.ts';
import type { Problem } from '../../server/contract/problem.ts';
import { ProblemError, unreachable } from './problem-error.ts';

export interface Session {
  learner: string;
  /** Nobody logs in: one learner on their own machine. */
  alone: boolean;
  containment: { contained: true } | { contained: false; reason: string };
}

/** The REST API. Every method throws ProblemError. */
export const rest = {
  course: () => send<Course>('GET', '/course'),
  lab: (lab: string) => send<LabDetail>('GET', `/labs/${lab}`),
  session: () => send<Session>('GET', '/session'),
  /** The learner's own: the open one first, then the newest. */
  attempts: () => send<Attempt[]>('GET', '/attempts'),
  start: (lab: string, replace: boolean) => send<Attempt>('POST', '/attempts', { lab, replace }),
  reset: (attempt: string) => send<Attempt>('POST', `/attempts/${attempt}/reset`),
  extend: (attempt: string) => send<Attempt>('POST', `/attempts/${attempt}/extend`),
  end: (attempt: string) => send<Attempt>('DELETE', `/attempts/${attempt}`),
  hint: (attempt: string, task: string) => send<Attempt>('POST', `/attempts/${attempt}/hints`, { task }),
};

async function send<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers: {
        ...(method === 'GET' ? {} : { 'x-haechi': '1' }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    answer = await response.json();
  } catch {
    // No connection, or something between us and the server that answers in its own words.
    throw new ProblemError(unreachable);
  }
  if (response.ok) return answer as T;
  throw new ProblemError((answer as { problem?: Problem }).problem ?? unreachable);
}
