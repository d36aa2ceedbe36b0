import { randomBytes } from 'node:crypto';
import type { Attempt, AttemptState } from '../contract/attempt.ts';
import type { Picture } from '../contract/picture.ts';
import type { Content } from '../content/content.ts';
import { HaechiError } from '../errors.ts';
import type { Log } from '../log.ts';
import { AttemptRuns } from './attempt-runs.ts';
import { clearInPlace } from './clear-in-place.ts';
import type { Environment } from './environment.ts';
import type { AttemptListeners } from './listeners.ts';
import { isOpen, type AttemptRecord } from './record.ts';
import { AttemptRecords } from './records.ts';
import type { AttemptStore } from './store.ts';

export interface Learner {
  id: string;
  /** Put behind the scenario's names; empty for a single learner on their own machine. */
  suffix: string;
}

const minute = 60_000;
const extension = 30 * minute;
const longest = 6 * 60 * minute;

/** What learners ask of their attempts, from the start to the end. One learner has at most one open attempt. */
export class Attempts {
  readonly #records: AttemptRecords;
  readonly #runs: AttemptRuns;
  readonly #store: AttemptStore;

  constructor({ content, ...dependencies }: { content: Content; store: AttemptStore; log: Log } & AttemptListeners) {
    this.#store = dependencies.store;
    this.#records = new AttemptRecords(content, dependencies.store);
    this.#runs = new AttemptRuns({ ...dependencies, records: this.#records });
  }

  /** Reads what was kept, so that attempts can be listed before the cluster is ready. */
  async load(): Promise<void> {
    await this.#records.load();
  }

  /** The cluster is ready: attempts that were open go on, those that were interrupted are cleared. */
  async open(environment: Environment): Promise<void> {
    this.#runs.open(environment);
    const goingOn: AttemptRecord[] = [];
    for (const record of this.#records.all().filter(({ state }) => isOpen(state))) {
      if (record.state === 'preparing')
        await this.#runs.closeAtLast(record, 'ended', new HaechiError('attempt-interrupted'));
      else if (record.expiresAt.getTime() <= Date.now()) await this.#runs.closeAtLast(record, 'expired');
      else goingOn.push(record);
    }
    await Promise.all(goingOn.map((record) => this.#runs.goOn(record)));
  }

  list(learner: Learner): Attempt[] {
    return this.#records
      .of(learner.id)
      .reverse()
      .sort((a, b) => Number(isOpen(b.state)) - Number(isOpen(a.state)))
      .map((record) => this.#runs.view(record));
  }

  /** @throws HaechiError `not-found` also when it is another learner's. */
  get(learner: Learner, id: string): Attempt {
    return this.#runs.view(this.#records.get(learner.id, id));
  }

  /** What there is at the moment, whoever it belongs to. */
  census(): { id: string; state: AttemptState }[] {
    return this.#records.all().map(({ id, state }) => ({ id, state }));
  }

  picture(learner: Learner, id: string): Picture | null {
    return this.#runs.picture(this.#records.get(learner.id, id));
  }

  /** Starts a lab and returns at once; progress follows. @param replace ends the learner's open attempt of another. */
  async start(learner: Learner, labId: string, { replace = false } = {}): Promise<Attempt> {
    this.#runs.ready();
    const lab = this.#records.lab(labId);
    for (const other of this.#records.of(learner.id).filter(({ state }) => isOpen(state))) {
      if (!replace) throw new HaechiError('attempt-in-progress', { lab: this.#records.lab(other.lab).title.en });
      await this.end(learner, other.id);
    }
    const now = Date.now();
    const record: AttemptRecord = {
      id: randomBytes(5).toString('hex'),
      learner: learner.id,
      suffix: learner.suffix,
      lab: labId,
      state: 'preparing',
      startedAt: new Date(now),
      expiresAt: new Date(now + Math.max(lab.minutes * 2, 60) * minute),
      solvedAt: null,
      problem: null,
      verdicts: new Map(),
      hints: new Map(),
    };
    await this.#runs.save(record);
    this.#runs.begin(record);
    return this.#runs.view(record);
  }

  /** Back to the lab's start: the same attempt, its time running on. */
  async reset(learner: Learner, id: string): Promise<Attempt> {
    this.#runs.ready();
    const record = this.#records.getOpen(learner.id, id);
    if (record.state === 'preparing') throw new HaechiError('attempt-busy');
    await this.#runs.halt(record);
    record.verdicts.clear();
    record.state = 'preparing';
    record.solvedAt = null;
    await this.#store.clearVerdicts(id);
    await this.#runs.save(record);
    this.#runs.begin(record, clearInPlace);
    return this.#runs.view(record);
  }

  async extend(learner: Learner, id: string): Promise<Attempt> {
    const record = this.#records.getOpen(learner.id, id);
    const expiresAt = new Date(record.expiresAt.getTime() + extension);
    if (expiresAt.getTime() - record.startedAt.getTime() > longest)
      throw new HaechiError('no-more-time', { hours: longest / 60 / minute });
    record.expiresAt = expiresAt;
    await this.#runs.save(record);
    this.#runs.armExpiry(record);
    return this.#runs.view(record);
  }

  async hint(learner: Learner, id: string, taskId: string): Promise<Attempt> {
    const record = this.#records.getOpen(learner.id, id);
    const task = this.#records.lab(record.lab).tasks.find((each) => each.id === taskId);
    if (!task) throw new HaechiError('not-found', { what: `task ${taskId}` });
    const opened = Math.min((record.hints.get(taskId) ?? 0) + 1, task.hints.length);
    record.hints.set(taskId, opened);
    await this.#store.saveHint(id, taskId, opened);
    this.#runs.tell(record);
    return this.#runs.view(record);
  }

  /** Resolves when nothing of it is left in the cluster. */
  async end(learner: Learner, id: string): Promise<Attempt> {
    this.#runs.ready();
    const record = this.#records.getOpen(learner.id, id);
    try {
      await this.#runs.close(record, 'ended');
    } catch (error) {
      // It is still there, and the learner goes on with it or tries again.
      if (record.state !== 'preparing') this.#runs.watch(record);
      throw error;
    }
    return this.#runs.view(record);
  }

  /** Judges every check now. */
  async judge(learner: Learner, id: string): Promise<Attempt> {
    const record = this.#records.getOpen(learner.id, id);
    if (record.state === 'preparing') throw new HaechiError('attempt-busy');
    await this.#runs.judge(record);
    return this.#runs.view(record);
  }

  /** Stops judging and what is being set up; open attempts stay, for the next start. */
  async stop(): Promise<void> {
    await this.#runs.stop();
  }
}
