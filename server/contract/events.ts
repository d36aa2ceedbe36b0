import type { Attempt } from './attempt.ts';
import type { ClusterStatus } from './cluster-status.ts';
import type { Picture } from './picture.ts';
import type { Problem } from './problem.ts';
import type { Size, Terminal, TerminalOutput } from './terminal.ts';

/** A request's answer: what was asked for, or why not. */
export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };
export type Acknowledge<T> = (answer: Answer<T>) => void;

/** Requests, `noun:verb`, each acknowledged. */
export interface ClientToServer {
  /** Answers with the attempt and its picture as they are; changes follow until `attempt:unwatch` or disconnect. */
  'attempt:watch': (
    request: { attempt: string },
    acknowledge: Acknowledge<{ attempt: Attempt; picture: Picture | null; terminals: Terminal[] }>,
  ) => void;
  'attempt:unwatch': (request: { attempt: string }, acknowledge: Acknowledge<null>) => void;
  /** Judges every check now; answers when all have been judged. */
  'attempt:judge': (request: { attempt: string }, acknowledge: Acknowledge<Attempt>) => void;
  'terminal:open': (request: { attempt: string; size: Size }, acknowledge: Acknowledge<Terminal>) => void;
  /** Output follows from byte `after` on; `from` is where it really starts, later when scrollback no longer has `after`. */
  'terminal:attach': (
    request: { terminal: string; after: number },
    acknowledge: Acknowledge<{ terminal: Terminal; from: number }>,
  ) => void;
  'terminal:detach': (request: { terminal: string }, acknowledge: Acknowledge<null>) => void;
  /** `data` is UTF-8 text as xterm gives it, or a pasted part of it. */
  'terminal:write': (request: { terminal: string; data: string }, acknowledge: Acknowledge<null>) => void;
  'terminal:resize': (request: { terminal: string; size: Size }, acknowledge: Acknowledge<null>) => void;
  'terminal:close': (request: { terminal: string }, acknowledge: Acknowledge<null>) => void;
  /** All bytes before `offset` are on the screen; the server sends no more than a window beyond it. Not acknowledged. */
  'terminal:seen': (notice: { terminal: string; offset: number }) => void;
}

/** Notices, in the past tense. */
export interface ServerToClient {
  clusterChanged: (status: ClusterStatus) => void;
  attemptChanged: (attempt: Attempt) => void;
  pictureChanged: (notice: { attempt: string; picture: Picture }) => void;
  terminalWrote: (output: TerminalOutput) => void;
  terminalChanged: (terminal: Terminal) => void;
}
