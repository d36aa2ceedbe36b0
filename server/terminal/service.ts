import type { PodReach } from '../content/terminal-reach.ts';
import type { Size, Terminal, TerminalOutput } from '../contract/terminal.ts';
import type { Text } from '../contract/text.ts';

/** What an attempt's shells are made of. */
export interface WorkspaceSetup {
  attempt: string;
  /** YAML text of the learner's kubeconfig, for the API server's own address; the place of shells gets one with its own. */
  kubeconfig: string;
  mainNamespace: string;
  /** Set in each shell: the namespaces by their variable names. */
  variables: Record<string, string>;
  /** Put into the home folder if it is new; the learner's own changes stay when the workspace is prepared again. */
  files: { path: string; text: string; executable: boolean }[];
  /** Pods that shells reach, where they run beside them. */
  reaches: readonly PodReach[];
}

/** One client's view of one terminal. */
export interface TerminalView {
  terminal: Terminal;
  /** Where output really starts. */
  from: number;
  /** The client has shown everything before `offset`. */
  seen(offset: number): void;
  detach(): void;
}

export type Containment = { contained: true } | { contained: false; reason: string };

/** The shells of all attempts. Unknown ids throw HaechiError `not-found`. */
export interface TerminalService {
  /** Makes the workspace, or finds it again. @param report is told what it waits for, where that takes a while. */
  prepare(setup: WorkspaceSetup, report?: (words: Text) => void): Promise<void>;
  /** Puts the home folder back to its start; shells end. */
  reset(setup: WorkspaceSetup, report?: (words: Text) => void): Promise<void>;
  /** Ends the shells and deletes the workspace. */
  remove(attempt: string): Promise<void>;
  /** In the order of their numbers; none for an attempt without a workspace. */
  list(attempt: string): Terminal[];
  /** Which attempt a terminal belongs to. */
  attemptOf(terminal: string): string;
  /** @throws HaechiError `too-many-terminals` */
  open(attempt: string, size: Size): Promise<Terminal>;
  /**
   * Calls `write` with all output from byte `after` on, what there is and what comes, never more than a window beyond
   * `seen`. When scrollback no longer has `after`, `from` is later than it, and output begins with what sets modes and
   * colours anew. The same can happen to a view that is far behind a faster one of the same terminal: an output whose
   * offset is later than where the last one ended. Either way the screen is to be cleared first.
   */
  attach(terminal: string, after: number, write: (output: TerminalOutput) => void): TerminalView;
  /**
   * Types into it. Resolves when it can take more, which paces pastes; nothing is lost or reordered before.
   * @throws HaechiError `terminal-ended`, `terminal-input-full`
   */
  write(terminal: string, data: string): Promise<void>;
  resize(terminal: string, size: Size): void;
  /** Ends the shell, and the terminal is no more. */
  close(terminal: string): Promise<void>;
  onChange(listener: (terminal: Terminal) => void): () => void;
  /** Runs a script where the attempt's shells run, without a terminal, as the learner would. Output is both streams together. */
  run(attempt: string, script: string, signal: AbortSignal): Promise<{ exitCode: number; output: string }>;
  /** Whether shells are contained, and if not why, in words for the log and the pages. */
  readonly containment: Containment;
  stop(): Promise<void>;
}
