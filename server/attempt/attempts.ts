import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt, AttemptState } from '../contract/attempt.ts';
import type { ErrorCode } from '../contract/error-codes.ts';
import type { Picture } from '../contract/picture.ts';
import type { Progress } from '../contract/progress.ts';
import type { Verdict } from '../contract/verdict.ts';
import type { Content } from '../content/content.ts';
import { HaechiError, toProblem } from '../errors.ts';
import { TrialMemory } from '../grader/traffic/trials/memory.ts';
import type { Log } from '../log.ts';
import { clearInPlace } from './clear-in-place.ts';
import type { Environment } from './environment.ts';
import { judgeAttempt } from './judging.ts';
import { leaveCluster } from './leave-cluster.ts';
import { newLive, release, type Live } from './live.ts';
import { prepareProbes } from './prepare-probes.ts';
import { isOpen, judgedAfter, toAttempt, type AttemptRecord } from './record.ts';
import { AttemptRecords } from './records.ts';
import { setUp, workspaceOf, type Clear } from './set-up.ts';
import type { AttemptStore } from './store.ts';

export interface Learner {
  id: string;
  /** Put behind the scenario's names; empty for a single learner on their own machine. */
  suffix: string;
}

export interface AttemptListeners {
  onAttempt: (attempt: Attempt) => void;
  onPicture: (attempt: string, picture: Picture) => void;
  /** A set-up has come to its end; `problem` is the code of what made it fail. */
  onSetUp?: ((done: SetUpDone) => void) | undefined;
  /** All checks of an attempt were judged. */
  onJudged?: ((done: JudgedDone) => void) | undefined;
}

export interface SetUpDone {
  lab: string;
  outcome: 'ready' | 'failed' | 'aborted';
  problem: ErrorCode | null;
  seconds: number;
}

export interface JudgedDone {
  lab: string;
  verdicts: readonly Verdict[];
  seconds: number;
}

const minute = 60_000;
const extension = 30 * minute;
const longest = 6 * 60 * minute;
const firstJudgementWithin = 10_000;

/** The life of attempts, from set-up to the end. One learner has at most one open attempt. */
export class Attempts {
  readonly #records: AttemptRecords;
  readonly #live = new Map<string, Live>();
  readonly #work = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #dependencies: { content: Content; store: AttemptStore; log: Log } & AttemptListeners;
  #environment: Environment | undefined;

  constructor(dependencies: { content: Content; store: AttemptStore; log: Log } & AttemptListeners) {
    this.#dependencies = dependencies;
    this.#records = new AttemptRecords(dependencies.content, dependencies.store);
  }

  /** Reads what was kept, so that attempts can be listed before the cluster is ready. */
  async load(): Promise<void> {
    await this.#records.load();
  }

  /** The cluster is ready: attempts that were open go on, those that were interrupted are cleared. */
  async open(environment: Environment): Promise<void> {
    this.#environment = environment;
    const goingOn: AttemptRecord[] = [];
    for (const record of this.#records.all().filter(({ state }) => isOpen(state))) {
      if (record.state === 'preparing')
        await this.#closeAtLast(record, 'ended', new HaechiError('attempt-interrupted'));
      else if (record.expiresAt.getTime() <= Date.now()) await this.#closeAtLast(record, 'expired');
      else goingOn.push(record);
    }
    await Promise.all(goingOn.map((record) => this.#goOn(record, environment)));
  }

  /** A workspace that can't be had just now keeps nobody else from theirs: opening a terminal says why, or makes it. */
  async #goOn(record: AttemptRecord, environment: Environment): Promise<void> {
    try {
      await environment.terminals.prepare(await workspaceOf(this.#records.plot(record), environment));
    } catch (error) {
      this.#dependencies.log.error({ err: error, attempt: record.id }, 'a workspace was not prepared');
    }
    this.#watch(record);
  }

  list(learner: Learner): Attempt[] {
    return this.#records
      .of(learner.id)
      .reverse()
      .sort((a, b) => Number(isOpen(b.state)) - Number(isOpen(a.state)))
      .map((record) => this.#view(record));
  }

  /** @throws HaechiError `not-found` also when it is another learner's. */
  get(learner: Learner, id: string): Attempt {
    return this.#view(this.#records.get(learner.id, id));
  }

  /** What there is at the moment, whoever it belongs to. */
  census(): { id: string; state: AttemptState }[] {
    return this.#records.all().map(({ id, state }) => ({ id, state }));
  }

  picture(learner: Learner, id: string): Picture | null {
    return this.#live.get(this.#records.get(learner.id, id).id)?.picture ?? null;
  }

  /** Starts a lab and returns at once; progress follows. @param replace ends the learner's open attempt of another. */
  async start(learner: Learner, labId: string, { replace = false } = {}): Promise<Attempt> {
    this.#ready();
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
    await this.#save(record);
    this.#begin(record);
    return this.#view(record);
  }

  /** Back to the lab's start: the same attempt, its time running on. */
  async reset(learner: Learner, id: string): Promise<Attempt> {
    this.#ready();
    const record = this.#records.getOpen(learner.id, id);
    if (record.state === 'preparing') throw new HaechiError('attempt-busy');
    await this.#halt(record);
    record.verdicts.clear();
    record.state = 'preparing';
    record.solvedAt = null;
    await this.#dependencies.store.clearVerdicts(id);
    await this.#save(record);
    this.#begin(record, clearInPlace);
    return this.#view(record);
  }

  async extend(learner: Learner, id: string): Promise<Attempt> {
    const record = this.#records.getOpen(learner.id, id);
    const expiresAt = new Date(record.expiresAt.getTime() + extension);
    if (expiresAt.getTime() - record.startedAt.getTime() > longest)
      throw new HaechiError('no-more-time', { hours: longest / 60 / minute });
    record.expiresAt = expiresAt;
    await this.#save(record);
    this.#armExpiry(record);
    return this.#view(record);
  }

  async hint(learner: Learner, id: string, taskId: string): Promise<Attempt> {
    const record = this.#records.getOpen(learner.id, id);
    const task = this.#records.lab(record.lab).tasks.find((each) => each.id === taskId);
    if (!task) throw new HaechiError('not-found', { what: `task ${taskId}` });
    const opened = Math.min((record.hints.get(taskId) ?? 0) + 1, task.hints.length);
    record.hints.set(taskId, opened);
    await this.#dependencies.store.saveHint(id, taskId, opened);
    this.#tell(record);
    return this.#view(record);
  }

  /** Resolves when nothing of it is left in the cluster. */
  async end(learner: Learner, id: string): Promise<Attempt> {
    this.#ready();
    const record = this.#records.getOpen(learner.id, id);
    try {
      await this.#close(record, 'ended');
    } catch (error) {
      // It is still there, and the learner goes on with it or tries again.
      if (record.state !== 'preparing') this.#watch(record);
      throw error;
    }
    return this.#view(record);
  }

  /** Judges every check now. */
  async judge(learner: Learner, id: string): Promise<Attempt> {
    const record = this.#records.getOpen(learner.id, id);
    if (record.state === 'preparing') throw new HaechiError('attempt-busy');
    const live = this.#live.get(id);
    live?.trials.forget();
    await this.#judge(record, live?.abort.signal ?? AbortSignal.abort(), '');
    return this.#view(record);
  }

  /** Stops judging and what is being set up; open attempts stay, for the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const live of this.#live.values()) release(live);
    this.#live.clear();
    await Promise.allSettled(this.#work);
  }

  #begin(record: AttemptRecord, clear?: Clear): void {
    const live = this.#goLive(record);
    const { signal } = live.abort;
    const report = (progress: Progress) => {
      live.progress = progress;
      this.#tell(record);
    };
    const { onSetUp } = this.#dependencies;
    const began = performance.now();
    const tellSetUp = (outcome: SetUpDone['outcome'], problem: ErrorCode | null = null) =>
      onSetUp?.({ lab: record.lab, outcome, problem, seconds: secondsSince(began) });
    const settingUp = setUp(this.#records.plot(record), this.#ready(), report, signal, clear);
    live.setUp = settingUp.catch(() => undefined);
    this.#track(record, async () => {
      try {
        await settingUp;
        signal.throwIfAborted();
      } catch (error) {
        if (signal.aborted) tellSetUp('aborted');
        else tellSetUp('failed', error instanceof HaechiError ? error.code : 'unexpected');
        // Whoever ended it has a use for its names.
        if (!signal.aborted) await this.#closeAtLast(record, 'ended', error);
        return;
      }
      tellSetUp('ready');
      live.progress = null;
      record.state = 'active';
      await this.#save(record);
      await this.#othersSetUp(signal);
      if (!signal.aborted) this.#watch(record);
    });
  }

  #goLive(record: AttemptRecord): Live {
    const live = newLive();
    this.#live.set(record.id, live);
    const { mirror, flowProber } = this.#ready();
    const { log } = this.#dependencies;
    if (flowProber) prepareProbes(this.#records.plot(record), { mirror, flowProber, log }, live.abort.signal);
    return live;
  }

  /** A class starts together: first everybody gets their lab, then everybody is judged. Nobody waits for long, though. */
  async #othersSetUp(signal: AbortSignal): Promise<void> {
    const others = Promise.all([...this.#live.values()].map((live) => live.setUp));
    const late = sleep(firstJudgementWithin, undefined, { signal, ref: false }).catch(() => undefined);
    await Promise.race([others, late]);
  }

  /** Judges now, and whenever the attempt's namespaces change. */
  #watch(record: AttemptRecord): void {
    const live = this.#live.get(record.id) ?? this.#goLive(record);
    const namespaces = Object.values(this.#records.plot(record).names.namespaces);
    live.unwatch = this.#ready().live.watch(record.id, namespaces, (signal, cause) =>
      this.#judge(record, AbortSignal.any([signal, live.abort.signal]), cause),
    );
    this.#armExpiry(record);
  }

  async #judge(record: AttemptRecord, signal: AbortSignal, cause: string): Promise<Verdict[]> {
    const began = performance.now();
    const verdicts = await judgeAttempt(this.#records.plot(record), this.#ready(), signal, {
      log: this.#dependencies.log,
      trials: this.#live.get(record.id)?.trials ?? new TrialMemory(),
      onPicture: (picture) => this.#show(record, picture),
    });
    if (signal.aborted) return verdicts;
    this.#dependencies.onJudged?.({ lab: record.lab, verdicts, seconds: secondsSince(began) });
    for (const verdict of verdicts) {
      const judged = judgedAfter(record.verdicts.get(verdict.check), verdict, cause);
      record.verdicts.set(verdict.check, judged);
      await this.#dependencies.store.saveVerdict(record.id, judged);
    }
    if (record.state === 'active' && verdicts.every(({ outcome }) => outcome === 'pass')) {
      record.state = 'solved';
      record.solvedAt = new Date();
      await this.#save(record);
    } else this.#tell(record);
    return verdicts;
  }

  #show(record: AttemptRecord, picture: Picture): void {
    const live = this.#live.get(record.id);
    if (!live) return;
    live.picture = picture;
    this.#dependencies.onPicture(record.id, picture);
  }

  #armExpiry(record: AttemptRecord): void {
    const live = this.#live.get(record.id);
    if (!live) return;
    clearTimeout(live.expiry);
    live.expiry = setTimeout(
      () => this.#track(record, () => this.#closeAtLast(record, 'expired')),
      record.expiresAt.getTime() - Date.now(),
    );
    live.expiry.unref();
  }

  /** Closes it even if the cluster is away just now: as soon as it answers again. */
  async #closeAtLast(record: AttemptRecord, state: 'ended' | 'expired', error?: unknown): Promise<void> {
    for (let wait = 500; ; wait = Math.min(wait * 2, minute)) {
      try {
        await this.#close(record, state, error);
        return;
      } catch (cause) {
        this.#dependencies.log.warn({ err: cause, attempt: record.id }, 'an attempt is not cleaned up yet');
        await sleep(wait, undefined, { signal: this.#stopping.signal });
      }
    }
  }

  async #close(record: AttemptRecord, state: 'ended' | 'expired', error?: unknown): Promise<void> {
    await this.#halt(record);
    const { log } = this.#dependencies;
    await leaveCluster(this.#records.plot(record), this.#ready(), (why) =>
      log.warn({ err: why, attempt: record.id }, 'namespaces go with what is in them'),
    );
    record.state = state;
    if (error !== undefined)
      record.problem = toProblem(error, (cause, id) =>
        log.error({ err: cause, id, attempt: record.id }, 'set-up failed'),
      );
    await this.#save(record);
  }

  /** Resolves when nothing of it is under way. */
  async #halt(record: AttemptRecord): Promise<void> {
    const live = this.#live.get(record.id);
    this.#live.delete(record.id);
    if (!live) return;
    release(live);
    await live.setUp;
  }

  #track(record: AttemptRecord, run: () => Promise<void>): void {
    const work = run().catch((error: unknown) => {
      if (this.#stopping.signal.aborted) return;
      this.#dependencies.log.error({ err: error, attempt: record.id }, 'work on an attempt failed');
    });
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }

  async #save(record: AttemptRecord): Promise<void> {
    await this.#records.save(record);
    this.#tell(record);
  }

  #tell(record: AttemptRecord): void {
    this.#dependencies.onAttempt(this.#view(record));
  }

  #view(record: AttemptRecord): Attempt {
    return toAttempt(record, this.#records.lab(record.lab), this.#live.get(record.id)?.progress ?? null);
  }

  #ready(): Environment {
    if (!this.#environment) throw new HaechiError('cluster-not-ready');
    return this.#environment;
  }
}

/** @param began milliseconds, as `performance.now` gives them. */
function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
