import type { Text } from '../contract/text.ts';
import type { Size } from '../contract/terminal.ts';
import type { Pty, PtyListeners } from './pty.ts';
import type { Containment, WorkspaceSetup } from './service.ts';

/** A shell of a place: the number of its terminal, and the size that it has now. */
export interface ShellOf {
  number: number;
  size: Size;
}

/**
 * Where the shells of one attempt run, and the files they see. Whoever uses it does one thing at a time to it, except
 * for `run`, and ends its shells before `clear` and `remove`.
 */
export interface Place {
  /** Makes it, or finds it again. @param report is told what it waits for. */
  prepare(setup: WorkspaceSetup, report: (words: Text) => void): Promise<void>;
  /** Takes away what the learner made. */
  clear(): Promise<void>;
  /** Starts an interactive bash. @throws HaechiError `not-found` when it has not been prepared. */
  start(shell: ShellOf, listeners: PtyListeners): Promise<Pty>;
  /**
   * A shell that has outlived the server that started it; undefined where none does.
   * @param after position behind the last output that is kept.
   */
  resume(shell: ShellOf, after: number, listeners: PtyListeners): Pty | undefined;
  /** Runs a script in a bash without a terminal. Output is both streams together, 1 MiB at most. */
  run(script: string, signal: AbortSignal): Promise<{ exitCode: number; output: string }>;
  /** Lets go of what this process holds of it. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

/** The places of all attempts. */
export interface Places {
  readonly containment: Containment;
  /** Shells go on when the server stops. */
  readonly shellsOutliveServer: boolean;
  /** @param folder of the attempt, which the place may keep files in; `terminals` below it is taken. */
  place(attempt: string, folder: string): Place;
  stop(): Promise<void>;
}

/** The variables of the lab that each shell of it has. */
export function variablesOf({ variables, mainNamespace }: WorkspaceSetup): Record<string, string> {
  return { ...variables, HAECHI_NAMESPACE: mainNamespace };
}
