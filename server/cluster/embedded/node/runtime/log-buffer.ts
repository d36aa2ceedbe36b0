import type { ContainerLog, LogLine } from '../container.ts';

const mostLines = 2000;
const mostBytes = 1024 * 1024;

/** What a container wrote: its last lines. */
export class LogBuffer implements ContainerLog {
  readonly #lines: LogLine[] = [];
  readonly #listeners = new Set<(line: LogLine) => void>();
  /** What was written of a line that hasn't ended. */
  readonly #begun = { stdout: '', stderr: '' };
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  lines(): readonly LogLine[] {
    return this.#lines;
  }

  onLine(listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  write(stream: LogLine['stream'], text: string): void {
    const lines = (this.#begun[stream] + text).split('\n');
    this.#begun[stream] = lines.pop() ?? '';
    for (const line of lines) this.#add(stream, line);
    if (this.#begun[stream].length > mostBytes / 16) this.flush();
  }

  /** Nothing more comes: a line without an end is one all the same. */
  flush(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#begun[stream]) this.#add(stream, this.#begun[stream]);
      this.#begun[stream] = '';
    }
  }

  #add(stream: LogLine['stream'], text: string): void {
    const line = { time: new Date(), stream, text };
    this.#lines.push(line);
    this.#bytes += text.length;
    while (this.#lines.length > mostLines || this.#bytes > mostBytes)
      this.#bytes -= this.#lines.shift()?.text.length ?? 0;
    for (const listener of this.#listeners) listener(line);
  }
}
