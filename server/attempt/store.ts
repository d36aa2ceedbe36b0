import { AttemptState } from '../contract/attempt.ts';
import { Problem } from '../contract/problem.ts';
import { Verdict } from '../contract/verdict.ts';
import type { AttemptRow, Database } from '../progress/database.ts';
import type { AttemptRecord, JudgedCheck } from './record.ts';

/** Attempts in the database. Every change is written before anybody is told of it. */
export class AttemptStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async save(record: AttemptRecord): Promise<void> {
    const row: AttemptRow = {
      id: record.id,
      learner: record.learner,
      suffix: record.suffix,
      lab: record.lab,
      state: record.state,
      started_at: record.startedAt.toISOString(),
      expires_at: record.expiresAt.toISOString(),
      solved_at: record.solvedAt?.toISOString() ?? null,
      problem: record.problem && JSON.stringify(record.problem),
    };
    await this.#database
      .insertInto('attempt')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute();
  }

  async saveVerdict(attempt: string, judged: JudgedCheck): Promise<void> {
    const row = {
      attempt,
      check: judged.verdict.check,
      verdict: JSON.stringify(judged.verdict),
      passed_at: judged.passedAt?.toISOString() ?? null,
      broken_by: judged.brokenBy,
    };
    await this.#database
      .insertInto('verdict')
      .values(row)
      .onConflict((conflict) => conflict.columns(['attempt', 'check']).doUpdateSet(row))
      .execute();
  }

  async saveHint(attempt: string, task: string, opened: number): Promise<void> {
    await this.#database
      .insertInto('hint')
      .values({ attempt, task, opened })
      .onConflict((conflict) => conflict.columns(['attempt', 'task']).doUpdateSet({ opened }))
      .execute();
  }

  /** Forgets the verdicts: the attempt is back at its start. */
  async clearVerdicts(attempt: string): Promise<void> {
    await this.#database.deleteFrom('verdict').where('attempt', '=', attempt).execute();
  }

  /** All attempts, oldest first. */
  async load(): Promise<AttemptRecord[]> {
    const rows = await this.#database.selectFrom('attempt').selectAll().orderBy('started_at').execute();
    const verdicts = await this.#database.selectFrom('verdict').selectAll().execute();
    const hints = await this.#database.selectFrom('hint').selectAll().execute();
    return rows.map((row) => ({
      id: row.id,
      learner: row.learner,
      suffix: row.suffix,
      lab: row.lab,
      state: AttemptState.parse(row.state),
      startedAt: new Date(row.started_at),
      expiresAt: new Date(row.expires_at),
      solvedAt: row.solved_at ? new Date(row.solved_at) : null,
      problem: row.problem ? Problem.parse(JSON.parse(row.problem)) : null,
      verdicts: new Map(
        verdicts
          .filter(({ attempt }) => attempt === row.id)
          .map(({ check, verdict, passed_at, broken_by }) => [
            check,
            {
              verdict: Verdict.parse(JSON.parse(verdict)),
              passedAt: passed_at ? new Date(passed_at) : null,
              brokenBy: broken_by,
            },
          ]),
      ),
      hints: new Map(hints.filter(({ attempt }) => attempt === row.id).map(({ task, opened }) => [task, opened])),
    }));
  }
}
