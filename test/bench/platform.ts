import { join } from 'node:path';
import { Attempts, type Learner } from '../../server/attempt/attempts.ts';
import type { JudgedDone } from '../../server/attempt/listeners.ts';
import { AttemptStore } from '../../server/attempt/store.ts';
import type { Environment } from '../../server/attempt/environment.ts';
import type { Cluster } from '../../server/cluster/cluster.ts';
import { openCluster } from '../../server/cluster/open-cluster.ts';
import type { ClusterKind } from '../../server/contract/cluster-status.ts';
import type { Config } from '../../server/config.ts';
import { loadContent } from '../../server/content/load.ts';
import type { Content } from '../../server/content/content.ts';
import type { Attempt } from '../../server/contract/attempt.ts';
import { openEnvironment, type CreateTerminals } from '../../server/environment.ts';
import { openLog, type Log } from '../../server/log.ts';
import { openDatabase } from '../../server/progress/database.ts';
import { chooseTerminals } from '../../server/terminal/choose-terminals.ts';

/** The platform's parts, driven without the web in between. */
export interface Bench {
  content: Content;
  cluster: Cluster;
  environment: Environment & { stop(): Promise<void> };
  attempts: Attempts;
  /** Resolves with the attempt once it is as wanted; rejects when its set-up failed, or the bench is interrupted. */
  when(id: string, wanted: (attempt: Attempt) => boolean): Promise<Attempt>;
  /** Calls back after each judgement of any attempt; returns what ends that. */
  onJudged(listener: (done: JudgedDone) => void): () => void;
  /** Aborts when it is interrupted. */
  signal: AbortSignal;
  stop(): Promise<void>;
}

export function learner(name: string): Learner {
  return { id: name, suffix: name };
}

/** @param signal ends what is waited for; the caller stops the bench all the same. */
export async function startBench(
  config: Config & { cluster: ClusterKind },
  folder: string,
  signal: AbortSignal,
): Promise<Bench> {
  const log = openLog('warn', join(folder, 'haechi.log'));
  const content = await loadContent(join(import.meta.dirname, '..', '..'));
  const here = { ...config, dataFolder: folder };
  const cluster = await openCluster(here, { log });
  try {
    return await openBench({
      content,
      cluster,
      createTerminals: chooseTerminals(here, config.cluster, log),
      folder,
      log,
      signal,
    });
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

interface Parts {
  content: Content;
  cluster: Cluster;
  createTerminals: CreateTerminals;
  folder: string;
  log: Log;
  signal: AbortSignal;
}

/** Starts the cluster, which the bench stops; where this rejects, the caller does. */
async function openBench({ content, cluster, createTerminals, folder, log, signal }: Parts): Promise<Bench> {
  const environment = await openEnvironment(
    cluster,
    createTerminals,
    log,
    AbortSignal.any([signal, AbortSignal.timeout(900_000)]),
  );
  const database = await openDatabase(join(folder, 'haechi.sqlite'));
  const newest = new Map<string, Attempt>();
  const waiting = new Set<(attempt: Attempt) => void>();
  const judged = new Set<(done: JudgedDone) => void>();
  const attempts = new Attempts({
    content,
    store: new AttemptStore(database),
    log,
    onAttempt: (attempt) => {
      newest.set(attempt.id, attempt);
      for (const tell of waiting) tell(attempt);
    },
    onPicture: () => undefined,
    onJudged: (done) => {
      for (const tell of judged) tell(done);
    },
  });
  await attempts.open(environment);
  return {
    content,
    cluster,
    environment,
    attempts,
    signal,
    onJudged(listener) {
      judged.add(listener);
      return () => judged.delete(listener);
    },
    when: (id, wanted) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const abort = () => reject(signal.reason as Error);
        signal.addEventListener('abort', abort, { once: true });
        const tell = (attempt: Attempt) => {
          if (attempt.id !== id) return;
          if (wanted(attempt)) resolve(attempt);
          else if (attempt.problem) reject(new Error(attempt.problem.message.en));
          else return;
          waiting.delete(tell);
          signal.removeEventListener('abort', abort);
        };
        waiting.add(tell);
        const now = newest.get(id);
        if (now) tell(now);
      }),
    async stop() {
      await attempts.stop();
      await environment.stop();
      await database.destroy();
      await cluster.stop();
    },
  };
}
