import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';

export interface AttemptRow {
  id: string;
  learner: string;
  suffix: string;
  lab: string;
  state: string;
  started_at: string;
  expires_at: string;
  solved_at: string | null;
  /** JSON of a Problem, or null. */
  problem: string | null;
}

export interface VerdictRow {
  attempt: string;
  check: string;
  /** JSON of a Verdict. */
  verdict: string;
  /** When it last passed, ISO 8601; null if it never did. */
  passed_at: string | null;
  /** What broke it after it had passed, as `NetworkPolicy/allow-all`; null while it passes or never did. */
  broken_by: string | null;
}

export interface HintRow {
  attempt: string;
  task: string;
  opened: number;
}

export interface Tables {
  attempt: AttemptRow;
  verdict: VerdictRow;
  hint: HintRow;
}

export type Database = Kysely<Tables>;

/** Opens (or makes) the database file. Its owner calls `destroy`. */
export async function openDatabase(file: string): Promise<Database> {
  const sqlite = new DatabaseSync(file);
  sqlite.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 2000');
  const database = new Kysely<Tables>({
    dialect: new SqliteDialect({
      database: {
        close: () => sqlite.close(),
        prepare: (sql) => {
          const statement = sqlite.prepare(sql);
          return {
            reader: statement.columns().length > 0,
            all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
            run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
            iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
          };
        },
      },
    }),
  });
  await migrate(database);
  return database;
}

async function migrate(database: Database): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('attempt')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('learner', 'text', (column) => column.notNull())
    .addColumn('suffix', 'text', (column) => column.notNull())
    .addColumn('lab', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('started_at', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'text', (column) => column.notNull())
    .addColumn('solved_at', 'text')
    .addColumn('problem', 'text')
    .execute();
  await schema
    .createTable('verdict')
    .ifNotExists()
    .addColumn('attempt', 'text', (column) => column.notNull().references('attempt.id'))
    .addColumn('check', 'text', (column) => column.notNull())
    .addColumn('verdict', 'text', (column) => column.notNull())
    .addColumn('passed_at', 'text')
    .addColumn('broken_by', 'text')
    .addPrimaryKeyConstraint('verdict_key', ['attempt', 'check'])
    .execute();
  await schema
    .createTable('hint')
    .ifNotExists()
    .addColumn('attempt', 'text', (column) => column.notNull().references('attempt.id'))
    .addColumn('task', 'text', (column) => column.notNull())
    .addColumn('opened', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('hint_key', ['attempt', 'task'])
    .execute();
}
