import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { Platform, PlatformObserver } from '../platform.ts';

/** Seconds. A lab takes about half of one on the embedded cluster, and some on real nodes. */
const setUpBuckets = [0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
const judgementBuckets = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15];

export interface Metrics {
  /** Told by the platform, while it runs. */
  observer: PlatformObserver;
  /** What is counted at the moment that somebody asks. */
  countFrom(platform: Pick<Platform, 'count'>): void;
  /** All of it in Prometheus' text format, with its content type. */
  read(): Promise<{ type: string; text: string }>;
}

/**
 * The platform's numbers. Their labels are labs, checks, states and codes, all of which the content or the code names:
 * nothing of a learner's is among them.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  let platform: Pick<Platform, 'count'> | undefined;
  const attempts = new Gauge({
    name: 'haechi_attempts',
    help: 'Attempts that are kept, by state.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of platform?.count().attempts ?? []) attempts.set({ state }, count);
    },
  });
  const terminals = new Gauge({
    name: 'haechi_terminals',
    help: 'Shells that run.',
    registers,
    collect() {
      terminals.set(platform?.count().terminals ?? 0);
    },
  });
  const setUp = new Histogram({
    name: 'haechi_setup_duration_seconds',
    help: 'How long labs took to be set up, from the request to the last pod that is ready.',
    labelNames: ['lab', 'outcome'],
    buckets: setUpBuckets,
    registers,
  });
  const judgement = new Histogram({
    name: 'haechi_judgement_duration_seconds',
    help: 'How long it took to judge all checks of an attempt; judgements that gave way to a change are left out.',
    labelNames: ['lab'],
    buckets: judgementBuckets,
    registers,
  });
  const verdicts = new Counter({
    name: 'haechi_verdicts_total',
    help: 'Verdicts by check: each judgement gives one of every check.',
    labelNames: ['lab', 'check', 'outcome'],
    registers,
  });
  const errors = new Counter({
    name: 'haechi_errors_total',
    help: 'Errors that a client was told of, and that made a set-up fail, by code.',
    labelNames: ['code'],
    registers,
  });
  return {
    observer: {
      onSetUp({ lab, outcome, problem, seconds }) {
        setUp.observe({ lab, outcome }, seconds);
        if (problem !== null) errors.inc({ code: problem });
      },
      onJudged({ lab, verdicts: judged, seconds }) {
        judgement.observe({ lab }, seconds);
        for (const { check, outcome } of judged) verdicts.inc({ lab, check, outcome });
      },
      onProblem: ({ code }) => errors.inc({ code }),
    },
    countFrom(counted) {
      platform = counted;
    },
    async read() {
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}
