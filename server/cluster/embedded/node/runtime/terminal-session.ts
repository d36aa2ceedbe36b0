import { InteractiveShell } from './interactive.ts';
import type { Inside, ProcessOutput, ProcessState } from './process.ts';
import { killed } from './signals.ts';

/** Runs one line of a shell until it ends or its signal comes. */
export type RunShellLine = (
  line: string,
  state: ProcessState,
  output: ProcessOutput,
  signal: AbortSignal,
) => Promise<{ exitCode: number; state: ProcessState; exited: boolean }>;

/** A shell on a terminal, as a process: what is typed, what it shows, how it ends. */
export interface TerminalSession {
  write(data: Uint8Array): void;
  resize(columns: number, rows: number): void;
  exitCode: Promise<number>;
}

export function openTerminal(
  inside: Inside,
  runLine: RunShellLine,
  show: (text: string) => void,
  signal: AbortSignal,
): TerminalSession {
  let shell: InteractiveShell | undefined;
  // A syllable may come in two parts.
  const decoder = new TextDecoder();
  const exitCode = new Promise<number>((resolve) => {
    signal.addEventListener('abort', () => resolve(killed), { once: true });
    shell = new InteractiveShell(
      inside,
      (line, state, output, lineSignal) => runLine(line, state, output, AbortSignal.any([signal, lineSignal])),
      show,
      resolve,
    );
  });
  return {
    exitCode,
    write: (data) => shell?.feed(decoder.decode(data, { stream: true })),
    resize: (columns, rows) => shell?.resize(columns, rows),
  };
}
