import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { Server } from 'socket.io';
import { z } from 'zod';
import type { Attempts, Learner } from './attempt/attempts.ts';
import type { Cluster } from './cluster/cluster.ts';
import type { Answer, ClientToServer, ServerToClient } from './contract/events.ts';
import type { Problem } from './contract/problem.ts';
import { HaechiError, toProblem } from './errors.ts';
import { requireSameOrigin } from './http/same-origin.ts';
import type { Log } from './log.ts';
import type { TerminalService } from './terminal/service.ts';
import { registerTerminalEvents } from './terminal/sockets.ts';

export type HaechiServer = Server<ClientToServer, ServerToClient, Record<string, never>, { learner: Learner }>;

export interface SocketDependencies {
  attempts: Attempts;
  cluster: Cluster;
  /** Throws HaechiError `cluster-not-ready` before there are any. */
  terminals: () => TerminalService;
  identify: (request: IncomingMessage) => Learner;
  hosts: ReadonlySet<string>;
  log: Log;
  /** Hears of every problem that a client is told of. */
  onProblem?: ((problem: Problem) => void) | undefined;
}

/** The room of those who watch an attempt. */
export function roomOf(attempt: string): string {
  return `attempt:${attempt}`;
}

const Watch = z.strictObject({ attempt: z.string().max(100) });

/** The socket side of the platform, on the same server and origin as the pages. */
export function createSockets(server: HttpServer, dependencies: SocketDependencies): HaechiServer {
  const { attempts, cluster, identify, hosts, log, onProblem } = dependencies;
  const io: HaechiServer = new Server(server, {
    serveClient: false,
    maxHttpBufferSize: 256 * 1024,
    perMessageDeflate: false,
    allowRequest: (request, decide) => {
      try {
        requireSameOrigin(request, hosts);
        decide(null, true);
      } catch (error) {
        decide(error instanceof HaechiError ? error.message : 'refused', false);
      }
    },
  });
  io.use((socket, next) => {
    socket.data.learner = identify(socket.request);
    next();
  });
  io.on('connection', (socket) => {
    const { learner } = socket.data;
    const answer = async <T>(acknowledge: (answer: Answer<T>) => void, run: () => T | Promise<T>): Promise<void> => {
      try {
        acknowledge({ ok: true, value: await run() });
      } catch (error) {
        const problem = toProblem(error, (cause, id) => log.error({ err: cause, id }, 'socket request failed'));
        onProblem?.(problem);
        acknowledge({ ok: false, problem });
      }
    };
    const attemptOf = (request: unknown): string => {
      const parsed = Watch.safeParse(request);
      if (!parsed.success) throw new HaechiError('invalid-request', { issue: 'attempt' });
      return parsed.data.attempt;
    };
    socket.emit('clusterChanged', cluster.status());
    socket.on(
      'attempt:watch',
      (request, acknowledge) =>
        void answer(acknowledge, async () => {
          const id = attemptOf(request);
          const attempt = attempts.get(learner, id);
          await socket.join(roomOf(id));
          const terminals = cluster.status().phase === 'ready' ? dependencies.terminals().list(id) : [];
          return { attempt, picture: attempts.picture(learner, id), terminals };
        }),
    );
    socket.on(
      'attempt:unwatch',
      (request, acknowledge) =>
        void answer(acknowledge, async () => {
          await socket.leave(roomOf(attemptOf(request)));
          return null;
        }),
    );
    socket.on(
      'attempt:judge',
      (request, acknowledge) => void answer(acknowledge, () => attempts.judge(learner, attemptOf(request))),
    );
    registerTerminalEvents(socket, dependencies.terminals, (attempt) => void attempts.get(learner, attempt), {
      log,
      onProblem,
    });
  });
  return io;
}
