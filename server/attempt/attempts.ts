import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt, AttemptState } from '../contract/attempt.ts';
import type { ErrorCode } from '../contract/error-codes.ts';
import type { Picture } from '../contract/picture.ts';
import type { Progress } from '../contract/progress.ts';
import type { Verdict } from '../contract/verdict.ts';
import type { Content, Lab } from '../content/content.ts';
import { namesFor } from '../content/names.ts';
import { renderScenario } from '../content/render.ts';
import { HaechiError, toProblem } from '../errors.ts';
import { TrialMemory } from '../grader/traffic/trials/memory.ts';
import type { Log } from '../log.ts';
import { withLearner } from './account.ts';
import { cleanUp } from './clean-up.ts';
import { clearInPlace } from './clear-in-place.ts';
import { emptyNamespaces } from './empty-namespaces.ts';
import type { Environment } from './environment.ts';
import { judgeAttempt } from './judging.ts';
import { prepareProbes } from './prepare-probes.ts';
import { isOpen, judgedAfter, toAttempt, type AttemptRecord } from './record.ts';
import { setUp, workspaceOf, type Clear, type Plot } from './set-up.ts';
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
/** How long an ending attempt's namespaces may take to be emptied; after that they go with what is in them. */
const emptiedWithin = 10_000;
const firstJudgementWithin = 10_000;

/** An attempt that is open in this process. */
interface Live {
  progress: Progress | null;
  picture: Picture | null;
  /** Ends the work under way: set-up, judging. */
  abort: AbortController;
  /** Resolves when no set-up is under way, however it went. */
  setUp: Promise<void>;
  unwatch: () => void;
  trials: TrialMemory;
  expiry: NodeJS.Timeout | undefined;
}

/** The life of attempts, from set-up to the end. One learner has at most one open attempt. */
export class Attempts {
  readonly #records = new Map<string, AttemptRecord>();
  readonly #live = new Map<string, Live>();
  readonly #plots = new WeakMap<AttemptRecord, Plot>();
  readonly #work = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #dependencies: { content: Content; store: AttemptStore; log: Log } & AttemptListeners;
  #environment: Environment | undefined;

  constructor(dependencies: { content: Content; store: AttemptStore; log: Log } & AttemptListeners) {
    this.#dependencies = dependencies;
  }

  /** Reads what was kept, so that attempts can be listed before the cluster is ready. */
  async load(): Promise<void> {
    for (const record of await this.#dependencies.store.load()) this.#records.set(record.id, record);
  }

  /** The cluster is ready: attempts that were open go on, those that were interrupted are cleared. */
  async open(environment: Environment): Promise<void> {
    this.#environment = environment;
    const goingOn: AttemptRecord[] = [];
    for (const record of [...this.#records.values()].filter(({ state }) => isOpen(state))) {
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
      await environment.terminals.prepare(await workspaceOf(this.#plot(record), environment));
    } catch (error) {
      this.#dependencies.log.error({ err: error, attempt: record.id }, 'a workspace was not prepared');
    }
    this.#watch(record);
  }

  list(learner: Learner): Attempt[] {
    const mine = [...this.#records.values()].filter((record) => record.learner === learner.id);
    return mine
      .reverse()
      .sort((a, b) => Number(isOpen(b.state)) - Number(isOpen(a.state)))
      .map((record) => this.#view(record));
  }

  /** @throws HaechiError `not-found` also when it is another learner's. */
  get(learner: Learner, id: string): Attempt {
    return this.#view(this.#mine(learner, id));
  }

  /** What there is at the moment, whoever it belongs to. */
  census(): { id: string; state: AttemptState }[] {
    return [...this.#records.values()].map(({ id, state }) => ({ id, state }));
  }

  picture(learner: Learner, id: string): Picture | null {
    return this.#live.get(this.#mine(learner, id).id)?.picture ?? null;
  }

  /** Starts a lab and returns at once; progress follows. @param replace ends the learner's open attempt of another. */
  async start(learner: Learner, labId: string, { replace = false } = {}): Promise<Attempt> {
    this.#ready();
    const lab = this.#lab(labId);
    for (const other of [...this.#records.values()].filter(
      (record) => record.learner === learner.id && isOpen(record.state),
    )) {
      if (!replace) throw new HaechiError('attempt-in-progress', { lab: this.#lab(other.lab).title.en });
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
    const record = this.#open(learner, id);
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
    const record = this.#open(learner, id);
    const expiresAt = new Date(record.expiresAt.getTime() + extension);
    if (expiresAt.getTime() - record.startedAt.getTime() > longest)
      throw new HaechiError('no-more-time', { hours: longest / 60 / minute });
    record.expiresAt = expiresAt;
    await this.#save(record);
    this.#armExpiry(record);
    return this.#view(record);
  }

  async hint(learner: Learner, id: string, taskId: string): Promise<Attempt> {
    const record = this.#open(learner, id);
    const task = this.#lab(record.lab).tasks.find((each) => each.id === taskId);
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
    const record = this.#open(learner, id);
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
    const record = this.#open(learner, id);
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
    const settingUp = setUp(this.#plot(record), this.#ready(), report, signal, clear);
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
    if (flowProber) prepareProbes(this.#plot(record), { mirror, flowProber, log }, live.abort.signal);
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
    const namespaces = Object.values(this.#plot(record).names.namespaces);
    live.unwatch = this.#ready().live.watch(record.id, namespaces, (signal, cause) =>
      this.#judge(record, AbortSignal.any([signal, live.abort.signal]), cause),
    );
    this.#armExpiry(record);
  }

  async #judge(record: AttemptRecord, signal: AbortSignal, cause: string): Promise<Verdict[]> {
    const began = performance.now();
    const verdicts = await judgeAttempt(this.#plot(record), this.#ready(), signal, {
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
    const plot = this.#plot(record);
    const { attempt } = plot;
    await Promise.all([this.#ready().terminals.remove(attempt), this.#cleanUp(plot)]);
    record.state = state;
    if (error !== undefined) {
      record.problem = toProblem(error, (cause, id) =>
        this.#dependencies.log.error({ err: cause, id, attempt }, 'set-up failed'),
      );
    }
    await this.#save(record);
  }

  async #cleanUp(plot: Plot): Promise<void> {
    const { applier, flowProber } = this.#ready();
    // Kubernetes looks ever later again whether a namespace's real pods have ended: none is left when it first looks.
    if (flowProber) {
      const signal = AbortSignal.timeout(emptiedWithin);
      const emptied = withLearner(plot, applier, (learner) => emptyNamespaces(plot, applier.paths, learner, signal));
      await emptied.catch((error: unknown) =>
        this.#dependencies.log.warn({ err: error, attempt: plot.attempt }, 'namespaces go with what is in them'),
      );
    }
    await cleanUp(applier, plot.attempt, plot.names, plot.start);
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
    this.#records.set(record.id, record);
    await this.#dependencies.store.save(record);
    this.#tell(record);
  }

  #tell(record: AttemptRecord): void {
    this.#dependencies.onAttempt(this.#view(record));
  }

  #view(record: AttemptRecord): Attempt {
    return toAttempt(record, this.#lab(record.lab), this.#live.get(record.id)?.progress ?? null);
  }

  #plot(record: AttemptRecord): Plot {
    const known = this.#plots.get(record);
    if (known) return known;
    const lab = this.#lab(record.lab);
    const names = namesFor(lab.scenarioContent, record.suffix);
    const plot = { attempt: record.id, lab, names, start: renderScenario(lab.scenarioContent, names) };
    this.#plots.set(record, plot);
    return plot;
  }

  #lab(id: string): Lab {
    const lab = this.#dependencies.content.labs.get(id);
    if (!lab) throw new HaechiError('not-found', { what: `lab ${id}` });
    return lab;
  }

  #mine(learner: Learner, id: string): AttemptRecord {
    const record = this.#records.get(id);
    if (record?.learner !== learner.id) throw new HaechiError('not-found', { what: `attempt ${id}` });
    return record;
  }

  #open(learner: Learner, id: string): AttemptRecord {
    const record = this.#mine(learner, id);
    if (!isOpen(record.state)) throw new HaechiError('attempt-closed');
    return record;
  }

  #ready(): Environment {
    if (!this.#environment) throw new HaechiError('cluster-not-ready');
    return this.#environment;
  }
}

function newLive(): Live {
  return {
    progress: null,
    picture: null,
    abort: new AbortController(),
    setUp: Promise.resolve(),
    unwatch: () => undefined,
    trials: new TrialMemory(),
    expiry: undefined,
  };
}

/** @param began milliseconds, as `performance.now` gives them. */
function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}

function release(live: Live): void {
  live.abort.abort();
  live.unwatch();
  clearTimeout(live.expiry);
}
