import type { ContainerLog, LogLine } from '../container.ts';

const mostLines = 2000;

/** What a container wrote: its last lines. */
export class LogBuffer implements ContainerLog {
  readonly #lines: LogLine[] = [];
  readonly #listeners = new Set<(line: LogLine) => void>();

  lines(): readonly LogLine[] {
    return this.#lines;
  }

  onLine(listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  write(stream: 'stdout' | 'stderr', text: string): void {
    for (const part of text.replace(/\n$/, '').split('\n')) {
      const line = { time: new Date(), stream, text: part };
      this.#lines.push(line);
      if (this.#lines.length > mostLines) this.#lines.shift();
      for (const listener of this.#listeners) listener(line);
    }
  }
}
