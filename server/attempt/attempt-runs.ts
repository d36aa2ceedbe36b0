import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt } from '../contract/attempt.ts';
import type { ErrorCode } from '../contract/error-codes.ts';
import type { Picture } from '../contract/picture.ts';
import type { Progress } from '../contract/progress.ts';
import type { Verdict } from '../contract/verdict.ts';
import { HaechiError, toProblem } from '../errors.ts';
import { TrialMemory } from '../grader/traffic/trials/memory.ts';
import type { Log } from '../log.ts';
import type { Environment } from './environment.ts';
import { judgeAttempt } from './judging.ts';
import { leaveCluster } from './leave-cluster.ts';
import type { AttemptListeners, SetUpDone } from './listeners.ts';
import { newLive, release, type Live } from './live.ts';
import { prepareProbes } from './prepare-probes.ts';
import { judgedAfter, toAttempt, type AttemptRecord } from './record.ts';
import type { AttemptRecords } from './records.ts';
import { setUp, workspaceOf, type Clear } from './set-up.ts';
import type { AttemptStore } from './store.ts';

export interface RunsDependencies extends AttemptListeners {
  records: AttemptRecords;
  store: AttemptStore;
  log: Log;
}

const longestWait = 60_000;
const firstJudgementWithin = 10_000;

/** What goes on with open attempts, whoever asks for it: set-up, judging as the cluster changes, expiry, clean-up. */
export class AttemptRuns {
  readonly #dependencies: RunsDependencies;
  readonly #live = new Map<string, Live>();
  readonly #work = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #environment: Environment | undefined;

  constructor(dependencies: RunsDependencies) {
    this.#dependencies = dependencies;
  }

  /** The cluster is ready. */
  open(environment: Environment): void {
    this.#environment = environment;
  }

  /** What attempts stand on. @throws HaechiError `cluster-not-ready` */
  ready(): Environment {
    if (!this.#environment) throw new HaechiError('cluster-not-ready');
    return this.#environment;
  }

  /** An attempt as its learner sees it. */
  view(record: AttemptRecord): Attempt {
    const { progress = null } = this.#live.get(record.id) ?? {};
    return toAttempt(record, this.#dependencies.records.lab(record.lab), progress);
  }

  picture({ id }: AttemptRecord): Picture | null {
    return this.#live.get(id)?.picture ?? null;
  }

  /** Keeps what has changed, and tells of it. */
  async save(record: AttemptRecord): Promise<void> {
    await this.#dependencies.records.save(record);
    this.tell(record);
  }

  tell(record: AttemptRecord): void {
    this.#dependencies.onAttempt(this.view(record));
  }

  /** Sets it up, and watches it once that is done. @param clear see `setUp` */
  begin(record: AttemptRecord, clear?: Clear): void {
    const live = this.#goLive(record);
    const { signal } = live.abort;
    const report = (progress: Progress) => {
      live.progress = progress;
      this.tell(record);
    };
    const { records, onSetUp } = this.#dependencies;
    const began = performance.now();
    const tellSetUp = (outcome: SetUpDone['outcome'], problem: ErrorCode | null = null) =>
      onSetUp?.({ lab: record.lab, outcome, problem, seconds: secondsSince(began) });
    const environment = this.ready();
    const settingUp = environment.urgently(() => setUp(records.plot(record), environment, report, signal, clear));
    live.setUp = settingUp.catch(() => undefined);
    this.#track(record, async () => {
      try {
        await settingUp;
        signal.throwIfAborted();
      } catch (error) {
        if (signal.aborted) tellSetUp('aborted');
        else tellSetUp('failed', error instanceof HaechiError ? error.code : 'unexpected');
        // Whoever ended it has a use for its names.
        if (!signal.aborted) await this.closeAtLast(record, 'ended', error);
        return;
      }
      tellSetUp('ready');
      live.progress = null;
      record.state = 'active';
      await this.save(record);
      await this.#othersSetUp(signal);
      if (!signal.aborted) this.watch(record);
    });
  }

  /** After a restart. A workspace that can't be had just now keeps nobody else from theirs: opening a terminal says why, or makes it. */
  async goOn(record: AttemptRecord): Promise<void> {
    const environment = this.ready();
    const { records, log } = this.#dependencies;
    try {
      await environment.terminals.prepare(await workspaceOf(records.plot(record), environment));
    } catch (error) {
      log.error({ err: error, attempt: record.id }, 'a workspace was not prepared');
    }
    this.watch(record);
  }

  /** Judges now, and whenever the attempt's namespaces change, until it expires. */
  watch(record: AttemptRecord): void {
    const live = this.#live.get(record.id) ?? this.#goLive(record);
    const namespaces = Object.values(this.#dependencies.records.plot(record).names.namespaces);
    live.unwatch = this.ready().live.watch(record.id, namespaces, (signal, cause) =>
      this.#judge(record, AbortSignal.any([signal, live.abort.signal]), cause),
    );
    this.armExpiry(record);
  }

  /** Judges every check, by what is tried anew. */
  async judge(record: AttemptRecord): Promise<void> {
    const live = this.#live.get(record.id);
    live?.trials.forget();
    await this.#judge(record, live?.abort.signal ?? AbortSignal.abort(), '');
  }

  /** Closes it when its time is over, which may have changed. */
  armExpiry(record: AttemptRecord): void {
    const live = this.#live.get(record.id);
    if (!live) return;
    clearTimeout(live.expiry);
    live.expiry = setTimeout(
      () => this.#track(record, () => this.closeAtLast(record, 'expired')),
      record.expiresAt.getTime() - Date.now(),
    );
    live.expiry.unref();
  }

  /**
   * Takes it out of the cluster. @param error why it ends, where something failed.
   * @throws what keeps it there; it is as open as before
   */
  async close(record: AttemptRecord, state: 'ended' | 'expired', error?: unknown): Promise<void> {
    await this.halt(record);
    const { records, log } = this.#dependencies;
    await leaveCluster(records.plot(record), this.ready(), (why) =>
      log.warn({ err: why, attempt: record.id }, 'namespaces go with what is in them'),
    );
    record.state = state;
    if (error !== undefined)
      record.problem = toProblem(error, (cause, id) =>
        log.error({ err: cause, id, attempt: record.id }, 'set-up failed'),
      );
    await this.save(record);
  }

  /** Closes it even if the cluster is away just now: as soon as it answers again. */
  async closeAtLast(record: AttemptRecord, state: 'ended' | 'expired', error?: unknown): Promise<void> {
    for (let wait = 500; ; wait = Math.min(wait * 2, longestWait)) {
      try {
        await this.close(record, state, error);
        return;
      } catch (cause) {
        this.#dependencies.log.warn({ err: cause, attempt: record.id }, 'an attempt is not cleaned up yet');
        await sleep(wait, undefined, { signal: this.#stopping.signal });
      }
    }
  }

  /** Resolves when nothing of it is under way. */
  async halt(record: AttemptRecord): Promise<void> {
    const live = this.#live.get(record.id);
    this.#live.delete(record.id);
    if (!live) return;
    release(live);
    await live.setUp;
  }

  /** Stops judging and what is being set up; open attempts stay, for the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const live of this.#live.values()) release(live);
    this.#live.clear();
    await Promise.allSettled(this.#work);
  }

  #goLive(record: AttemptRecord): Live {
    const live = newLive();
    this.#live.set(record.id, live);
    const { mirror, flowProber } = this.ready();
    const { records, log } = this.#dependencies;
    if (flowProber) prepareProbes(records.plot(record), { mirror, flowProber, log }, live.abort.signal);
    return live;
  }

  /** A class starts together: first everybody gets their lab, then everybody is judged. Nobody waits for long, though. */
  async #othersSetUp(signal: AbortSignal): Promise<void> {
    const others = Promise.all([...this.#live.values()].map((live) => live.setUp));
    const late = sleep(firstJudgementWithin, undefined, { signal, ref: false }).catch(() => undefined);
    await Promise.race([others, late]);
  }

  async #judge(record: AttemptRecord, signal: AbortSignal, cause: string): Promise<Verdict[]> {
    const { records, store, log, onJudged } = this.#dependencies;
    const began = performance.now();
    const verdicts = await judgeAttempt(records.plot(record), this.ready(), signal, {
      log,
      trials: this.#live.get(record.id)?.trials ?? new TrialMemory(),
      onPicture: (picture) => this.#show(record, picture),
    });
    if (signal.aborted) return verdicts;
    onJudged?.({ lab: record.lab, verdicts, seconds: secondsSince(began) });
    for (const verdict of verdicts) {
      const judged = judgedAfter(record.verdicts.get(verdict.check), verdict, cause);
      record.verdicts.set(verdict.check, judged);
      await store.saveVerdict(record.id, judged);
    }
    if (record.state === 'active' && verdicts.every(({ outcome }) => outcome === 'pass')) {
      record.state = 'solved';
      record.solvedAt = new Date();
      await this.save(record);
    } else this.tell(record);
    return verdicts;
  }

  #show(record: AttemptRecord, picture: Picture): void {
    const live = this.#live.get(record.id);
    if (!live) return;
    live.picture = picture;
    this.#dependencies.onPicture(record.id, picture);
  }

  #track(record: AttemptRecord, run: () => Promise<void>): void {
    const work = run().catch((error: unknown) => {
      if (this.#stopping.signal.aborted) return;
      this.#dependencies.log.error({ err: error, attempt: record.id }, 'work on an attempt failed');
    });
    this.#work.add(work);
    void work.finally(() => this.#work.delete(work));
  }
}

/** @param began milliseconds, as `performance.now` gives them. */
function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
