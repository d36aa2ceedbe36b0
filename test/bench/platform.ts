import { join } from 'node:path';
import { Attempts, type Learner } from '../../server/attempt/attempts.ts';
import { AttemptStore } from '../../server/attempt/store.ts';
import type { Environment } from '../../server/attempt/environment.ts';
import { EmbeddedCluster } from '../../server/cluster/embedded/embedded.ts';
import { readConfig } from '../../server/config.ts';
import { loadContent } from '../../server/content/load.ts';
import type { Content } from '../../server/content/content.ts';
import type { Attempt } from '../../server/contract/attempt.ts';
import { openEnvironment } from '../../server/environment.ts';
import { openLog } from '../../server/log.ts';
import { openDatabase } from '../../server/progress/database.ts';
import { createTerminalService } from '../../server/terminal/sandbox-service.ts';

/** The platform's parts, driven without the web in between. */
export interface Bench {
  content: Content;
  cluster: EmbeddedCluster;
  environment: Environment & { stop(): Promise<void> };
  attempts: Attempts;
  /** Resolves with the attempt once it is as wanted. */
  when(id: string, wanted: (attempt: Attempt) => boolean): Promise<Attempt>;
  stop(): Promise<void>;
}

export function learner(name: string): Learner {
  return { id: name, suffix: name };
}

export async function startBench(folder: string): Promise<Bench> {
  const log = openLog('warn', join(folder, 'haechi.log'));
  const content = await loadContent(join(import.meta.dirname, '..', '..'));
  const { programsDir, mirror } = readConfig([], process.env);
  const cluster = new EmbeddedCluster({ dataFolder: folder, programsDir, mirror, log });
  await cluster.start(AbortSignal.timeout(900_000));
  const environment = await openEnvironment(
    cluster,
    (kubectl) =>
      createTerminalService({
        kubectl,
        dataFolder: join(folder, 'terminals'),
        log,
        allowUncontained: true,
      }),
    log,
  );
  const database = await openDatabase(join(folder, 'haechi.sqlite'));
  const newest = new Map<string, Attempt>();
  const waiting = new Set<(attempt: Attempt) => void>();
  const attempts = new Attempts({
    content,
    store: new AttemptStore(database),
    log,
    onAttempt: (attempt) => {
      newest.set(attempt.id, attempt);
      for (const tell of waiting) tell(attempt);
    },
    onPicture: () => undefined,
  });
  await attempts.open(environment);
  return {
    content,
    cluster,
    environment,
    attempts,
    when: (id, wanted) =>
      new Promise((resolve, reject) => {
        const tell = (attempt: Attempt) => {
          if (attempt.id !== id) return;
          if (wanted(attempt)) resolve(attempt);
          else if (attempt.problem) reject(new Error(attempt.problem.message.en));
          else return;
          waiting.delete(tell);
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
