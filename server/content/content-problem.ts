/** One thing that is wrong with the content, for its author. */
export interface ContentProblem {
  /** Relative to the content's root, as `labs/week-08/default-deny/lab.yaml`. */
  file: string;
  /** 1 for the first; 0 when the whole file (or its absence) is meant. */
  line: number;
  /** What was found and what would be right. */
  message: string;
}

/** The content can't be used. It names everything that is wrong at once, so that an author can fix it in one go. */
export class ContentError extends Error {
  readonly problems: readonly ContentProblem[];

  constructor(problems: readonly ContentProblem[]) {
    super(problems.map(describe).join('\n'));
    this.name = 'ContentError';
    this.problems = problems;
  }
}

function describe({ file, line, message }: ContentProblem): string {
  return `${line > 0 ? `${file}:${line}` : file}: ${message}`;
}
