import type { Problem } from '../../server/contract/problem.ts';

/** A request that the server refused, or that never reached it. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message.en);
    this.problem = problem;
  }
}

/** The server is not there: it may be starting again. */
export const unreachable: Problem = {
  code: 'unreachable',
  message: {
    ko: '서버에 닿지 않습니다. Haechi가 실행 중인지 확인하세요. 다시 연결되면 이어집니다.',
    en: 'The server can’t be reached. Check that Haechi is running; this page goes on once it is back.',
  },
};

/** @returns the problem behind an error of a request; other errors are defects and are thrown on. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  throw error;
}
