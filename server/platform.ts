import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { createApp } from './app.ts';
import { Attempts, type Learner } from './attempt/attempts.ts';
import type { AttemptListeners } from './attempt/listeners.ts';
import { isOpen } from './attempt/record.ts';
import { AttemptStore } from './attempt/store.ts';
import type { Cluster } from './cluster/cluster.ts';
import type { Content } from './content/content.ts';
import { AttemptState } from './contract/attempt.ts';
import type { Problem } from './contract/problem.ts';
import type { CreateTerminals } from './environment.ts';
import { HaechiError } from './errors.ts';
import type { Log } from './log.ts';
import { openDatabase } from './progress/database.ts';
import { createSockets, roomOf } from './sockets.ts';
import type { TerminalService } from './terminal/service.ts';

export interface PlatformOptions {
  content: Content;
  cluster: Cluster;
  /** Makes the shells, once the cluster is ready. */
  createTerminals: CreateTerminals;
  dataFolder: string;
  pages: string;
  host: string;
  port: number;
  log: Log;
  /** Who a request comes from; without it there is one learner, alone on their own machine. */
  identify?: (request: IncomingMessage) => Learner;
  /** Hears of what happens, for numbers. */
  observer?: PlatformObserver | undefined;
}

export interface PlatformObserver extends Pick<AttemptListeners, 'onSetUp' | 'onJudged'> {
  /** A client was told of it. */
  onProblem?: (problem: Problem) => void;
}

export interface Platform {
  /** `http://127.0.0.1:8088` */
  url: string;
  attempts: Attempts;
  /** Settles when labs can be started; rejects when the cluster can't be brought up. */
  ready: Promise<void>;
  /** How many there are at the moment: attempts by state, shells that run. */
  count(): { attempts: Map<AttemptState, number>; terminals: number };
  /** Resolves when the database answers. */
  askDatabase(): Promise<void>;
  /** Stops everything in reverse order. Open attempts stay for the next start. */
  stop(): Promise<void>;
}

/**
 * Starts the platform: pages first, then the cluster behind them. The caller holds the lock of the data folder.
 * @throws HaechiError `port-in-use`
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { content, cluster, dataFolder, log, observer } = options;
  const alone: Learner = { id: 'local', suffix: '' };
  const identify = options.identify ?? (() => alone);
  const hosts = new Set(['127.0.0.1', 'localhost', '[::1]']);
  const stops: (() => unknown)[] = [];
  const aborting = new AbortController();
  let terminals: TerminalService | undefined;
  const theTerminals = () => {
    if (!terminals) throw new HaechiError('cluster-not-ready');
    return terminals;
  };

  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const database = await openDatabase(join(dataFolder, 'haechi.sqlite'));
  stops.push(() => database.destroy());
  const attempts = new Attempts({
    content,
    store: new AttemptStore(database),
    log,
    onSetUp: observer?.onSetUp,
    onJudged: observer?.onJudged,
    onAttempt: (attempt) => void io.to(roomOf(attempt.id)).emit('attemptChanged', attempt),
    onPicture: (attempt, picture) => void io.to(roomOf(attempt)).emit('pictureChanged', { attempt, picture }),
  });
  const containment = () => terminals?.containment ?? { contained: true as const };
  const app = createApp({
    content,
    attempts,
    cluster,
    identify,
    containment,
    alone: !options.identify,
    hosts,
    pages: options.pages,
    log,
    onProblem: observer?.onProblem,
  });
  const server = createServer(app);
  const io = createSockets(server, {
    attempts,
    cluster,
    terminals: theTerminals,
    identify,
    hosts,
    log,
    onProblem: observer?.onProblem,
  });
  await attempts.load();
  stops.push(async () => {
    await io.close();
    server.closeAllConnections();
  });
  try {
    server.listen(options.port, options.host);
    await once(server, 'listening');
  } catch (error) {
    for (const stop of stops.toReversed()) await stop();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new HaechiError('port-in-use', { port: options.port });
  }
  const forget = cluster.onStatus((status) => void io.emit('clusterChanged', status));
  stops.push(forget);

  const bringUp = async () => {
    stops.push(() => cluster.stop());
    // Not loaded before the pages, which are there sooner without it.
    const { openEnvironment } = await import('./environment.ts');
    const environment = await openEnvironment(cluster, options.createTerminals, log, aborting.signal);
    ({ terminals } = environment);
    stops.push(
      () => environment.stop(),
      () => attempts.stop(),
    );
    const tell = environment.terminals.onChange(
      (terminal) => void io.to(roomOf(terminal.attempt)).emit('terminalChanged', terminal),
    );
    stops.push(tell);
    await attempts.open(environment);
  };
  const ready = bringUp();
  ready.catch((error: unknown) => {
    if (!aborting.signal.aborted) log.error({ err: error }, 'the cluster could not be brought up');
  });

  return {
    url: urlOf(server, options.host),
    attempts,
    ready,
    count() {
      const counts = new Map(AttemptState.options.map((state) => [state, 0]));
      let running = 0;
      for (const { id, state } of attempts.census()) {
        counts.set(state, (counts.get(state) ?? 0) + 1);
        if (isOpen(state)) running += terminals?.list(id).filter((each) => each.state === 'running').length ?? 0;
      }
      return { attempts: counts, terminals: running };
    },
    async askDatabase() {
      await sql`select 1`.execute(database);
    },
    async stop() {
      aborting.abort();
      await Promise.allSettled([ready]);
      for (const stop of stops.toReversed()) await stop();
    },
  };
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
