import { io, type Socket } from 'socket.io-client';
import type { ClusterStatus } from '../../../server/contract/cluster-status.ts';
import type { Acknowledge, Answer, ClientToServer, ServerToClient } from '../../../server/contract/events.ts';
import { ProblemError, unreachable } from '../problem-error.ts';

/** Events that are answered. */
type Asked = Exclude<keyof ClientToServer, 'terminal:seen'>;
type Asking<E extends Asked> = Parameters<ClientToServer[E]>[0];
type Answering<E extends Asked> = Parameters<ClientToServer[E]>[1] extends Acknowledge<infer T> ? T : never;

/** Long enough for a shell to start on a busy machine. */
const patience = 20_000;

/** The live side of the platform: one socket for all pages, that connects again by itself. */
export class Connection {
  /** `lost` only after it had been connected once. */
  status = $state<'connecting' | 'connected' | 'lost'>('connecting');
  cluster = $state.raw<ClusterStatus | null>(null);
  readonly #socket: Socket<ServerToClient, ClientToServer>;

  constructor() {
    this.#socket = io({ transports: ['websocket'], reconnectionDelay: 250, reconnectionDelayMax: 3000 });
    this.#socket.on('connect', () => (this.status = 'connected'));
    this.#socket.on('disconnect', (reason) => {
      if (reason === 'io client disconnect') return;
      this.status = 'lost';
      // A server that says goodbye is stopping or starting anew; the socket would wait to be asked.
      if (reason === 'io server disconnect') setTimeout(() => this.#socket.connect(), 500);
    });
    this.#socket.on('clusterChanged', (status) => (this.cluster = status));
  }

  /** Calls `listener` now if connected, and each time the connection is there again. @returns how to stop. */
  onConnect(listener: () => void): () => void {
    if (this.#socket.connected) listener();
    this.#socket.on('connect', listener);
    return () => this.#socket.off('connect', listener);
  }

  /** @returns how to stop listening. */
  on<E extends keyof ServerToClient>(event: E, listener: ServerToClient[E]): () => void {
    // socket.io types a listener by the literal event, which a type parameter is not.
    const socket = this.#socket as unknown as Listening;
    socket.on(event, listener as Listener);
    return () => socket.off(event, listener as Listener);
  }

  /** @throws ProblemError the server's, or that it can't be reached. */
  async ask<E extends Asked>(event: E, request: Asking<E>): Promise<Answering<E>> {
    if (!this.#socket.connected) throw new ProblemError(unreachable);
    const socket = this.#socket.timeout(patience) as unknown as Emitting;
    let answer: Answer<Answering<E>>;
    try {
      answer = (await socket.emitWithAck(event, request)) as Answer<Answering<E>>;
    } catch {
      // The acknowledgement did not come: disconnected meanwhile, or nobody answers.
      throw new ProblemError(unreachable);
    }
    if (!answer.ok) throw new ProblemError(answer.problem);
    return answer.value;
  }

  /** Tells how much of a terminal's output is on the screen. */
  seen(terminal: string, offset: number): void {
    if (this.#socket.connected) this.#socket.emit('terminal:seen', { terminal, offset });
  }

  close(): void {
    this.#socket.disconnect();
  }
}

type Listener = (...values: unknown[]) => void;
interface Listening {
  on: (event: string, listener: Listener) => unknown;
  off: (event: string, listener: Listener) => unknown;
}
interface Emitting {
  emitWithAck: (event: string, request: unknown) => Promise<unknown>;
}
