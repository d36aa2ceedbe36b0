import { SvelteSet } from 'svelte/reactivity';
import type { Attempt } from '../../../server/contract/attempt.ts';
import type { LabDetail } from '../../../server/contract/course.ts';
import type { Picture } from '../../../server/contract/picture.ts';
import type { Problem } from '../../../server/contract/problem.ts';
import { problemOf } from '../problem-error.ts';
import { rest } from '../rest.ts';
import type { Connection } from '../state/connection.svelte.ts';
import type { Shells } from '../terminal/shells.svelte.ts';
import { hasWorkspace, isOpen, phaseOf, type Phase } from './phase.ts';
import { taskStates } from './task-states.ts';
import { turnedChecks } from './turned.ts';

export type Action = 'start' | 'reset' | 'extend' | 'end' | 'hint' | 'judge';

/** One lab, and the learner's attempt of it, as the server tells it. */
export class AttemptStore {
  lab = $state.raw<LabDetail | null>(null);
  attempt = $state.raw<Attempt | null>(null);
  picture = $state.raw<Picture | null>(null);
  /** The learner's open attempt of another lab. */
  other = $state.raw<Attempt | null>(null);
  /** Why the lab could not be loaded. */
  problem = $state.raw<Problem | null>(null);
  /** Why the last thing the learner asked for was refused. */
  refusal = $state.raw<Problem | null>(null);
  action = $state<Action | null>(null);
  /** When the last thing was asked for, milliseconds since 1970. */
  askedAt = $state(0);
  /** Why shells are not contained; empty when they are. */
  uncontained = $state('');
  /** The learner wants to start as soon as the cluster is there. */
  waiting = $state(false);
  /** The checks whose verdict turned since the page was opened. */
  readonly turned = new SvelteSet<string>();
  /** The newest of them. */
  lastTurned = $state.raw<readonly string[]>([]);
  readonly phase: Phase = $derived(phaseOf(this.attempt));
  readonly tasks = $derived(taskStates(this.lab?.tasks ?? [], this.attempt?.verdicts ?? {}));
  readonly solved: boolean = $derived(this.attempt?.state === 'solved');

  readonly #id: string;
  readonly #connection: Connection;
  readonly #shells: Shells;
  readonly #stops: (() => void)[];
  #loads = 0;

  constructor(id: string, connection: Connection, shells: Shells) {
    this.#id = id;
    this.#connection = connection;
    this.#shells = shells;
    let phase = connection.cluster?.phase;
    this.#stops = [
      connection.on('attemptChanged', (attempt) => {
        if (attempt.id === this.attempt?.id) this.#take(attempt);
      }),
      connection.on('pictureChanged', (notice) => {
        if (notice.attempt === this.attempt?.id) this.picture = notice.picture;
      }),
      connection.on('clusterChanged', (status) => {
        // The first status comes with the connection, which loads by itself.
        const ready = status.phase === 'ready' && phase !== undefined && phase !== 'ready';
        phase = status.phase;
        if (ready) void this.load();
        if (ready && this.waiting) void this.start();
      }),
    ];
    void this.load();
    this.#stops.push(connection.onConnect(() => void this.load()));
  }

  /** Loads the lab and what this learner has of it, and follows an open attempt. */
  async load(): Promise<void> {
    const load = ++this.#loads;
    try {
      const [lab, attempts, session] = await Promise.all([rest.lab(this.#id), rest.attempts(), rest.session()]);
      if (load !== this.#loads) return;
      this.lab = lab;
      this.uncontained = session.containment.contained ? '' : session.containment.reason;
      this.problem = null;
      this.other = attempts.find((attempt) => attempt.lab !== this.#id && isOpen(attempt)) ?? null;
      const attempt = attempts.find((each) => each.lab === this.#id);
      if (!attempt) return;
      this.#take(attempt);
      if (isOpen(attempt)) await this.#watch(attempt.id);
    } catch (error) {
      const problem = problemOf(error);
      // What is on the page stays; a lost connection has its own notice.
      if (!this.lab) this.problem = problem;
    }
  }

  /** @param replace ends the open attempt of another lab. */
  async start(replace = false): Promise<void> {
    this.waiting = false;
    await this.#act('start', async () => {
      try {
        const attempt = await rest.start(this.#id, replace);
        this.turned.clear();
        this.other = null;
        this.#take(attempt);
        await Promise.all([this.#watch(attempt.id), this.#reloadLab()]);
      } catch (error) {
        if (problemOf(error).code !== 'attempt-in-progress') throw error;
        // The page offers to end the other one.
        await this.load();
      }
    });
  }

  async reset(): Promise<void> {
    await this.#actOn('reset', (id) => rest.reset(id));
  }

  async extend(): Promise<void> {
    await this.#actOn('extend', (id) => rest.extend(id));
  }

  async end(): Promise<void> {
    await this.#actOn('end', (id) => rest.end(id));
  }

  async openHint(task: string): Promise<void> {
    await this.#actOn('hint', (id) => rest.hint(id, task));
  }

  async judge(): Promise<void> {
    await this.#actOn('judge', (attempt) => this.#connection.ask('attempt:judge', { attempt }));
  }

  close(): void {
    this.#loads++;
    for (const stop of this.#stops) stop();
    const { attempt } = this;
    if (attempt && this.#connection.status === 'connected')
      this.#connection.ask('attempt:unwatch', { attempt: attempt.id }).catch(problemOf);
  }

  async #actOn(action: Action, run: (attempt: string) => Promise<Attempt>): Promise<void> {
    const id = this.attempt?.id;
    if (id === undefined) return;
    await this.#act(action, async () => {
      const attempt = await run(id);
      // Connected, the same comes as a notice, in order with all others.
      if (this.#connection.status !== 'connected') this.#take(attempt);
    });
  }

  async #act(action: Action, run: () => Promise<void>): Promise<void> {
    if (this.action) return;
    this.action = action;
    this.askedAt = Date.now();
    this.refusal = null;
    try {
      await run();
    } catch (error) {
      this.refusal = problemOf(error);
    } finally {
      this.action = null;
    }
  }

  async #watch(id: string): Promise<void> {
    // Once connected, load() comes here again.
    if (this.#connection.status !== 'connected') return;
    const { attempt, picture, terminals } = await this.#connection.ask('attempt:watch', { attempt: id });
    this.#take(attempt);
    this.picture = picture ?? this.picture;
    await this.#shells.follow(id, terminals);
    if (hasWorkspace(attempt)) await this.#openShell();
  }

  #take(next: Attempt): void {
    const before = this.attempt?.id === next.id ? this.attempt : null;
    this.attempt = next;
    const turned = turnedChecks(before, next);
    for (const check of turned) this.turned.add(check);
    if (turned.length > 0) this.lastTurned = turned;
    if (!isOpen(next) || (next.state === 'preparing' && before?.state !== 'preparing')) {
      this.#shells.clear();
      this.picture = null;
    }
    // The guide has a debrief once it is solved.
    if (before && before.state !== next.state) void this.#reloadLab();
    if (before && !hasWorkspace(before) && hasWorkspace(next)) void this.#openShell();
  }

  async #reloadLab(): Promise<void> {
    try {
      this.lab = await rest.lab(this.#id);
    } catch (error) {
      // The guide on the page stays; the next load brings the new one.
      problemOf(error);
    }
  }

  async #openShell(): Promise<void> {
    const phase = this.#connection.cluster?.phase;
    if (phase === 'ready' || phase === 'degraded') await this.#shells.ensure();
  }
}
