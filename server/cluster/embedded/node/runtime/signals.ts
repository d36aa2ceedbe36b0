import { defineCommand, type CustomCommand } from 'just-bash';

/** Exit codes of processes that a signal ended: 128 and its number (signal(7)). */
export const killed = 137;
export const terminated = 143;

/** How a process is asked to end, and made to. */
export class Signals {
  readonly #term = new AbortController();
  readonly #kill = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** What `trap` says to do, by signal without SIG. */
  readonly traps = new Map<string, string>();

  /** SIGTERM came. Most programs don't hear it as a container's first process, as the kernel spares that one. */
  get term(): AbortSignal {
    return this.#term.signal;
  }

  /** SIGKILL came. */
  get kill(): AbortSignal {
    return this.#kill.signal;
  }

  /** SIGTERM now, SIGKILL after some seconds; the earliest counts. */
  stop(graceSeconds: number): void {
    this.#term.abort();
    if (graceSeconds <= 0) this.#kill.abort();
    else this.#timers.add(setTimeout(() => this.#kill.abort(), graceSeconds * 1000));
  }

  /** The process has ended. */
  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** The shell's `trap`. */
  trap(): CustomCommand {
    return defineCommand('trap', (args) => {
      const [action = '', ...names] = args;
      for (const name of names) {
        const signal = name.replace(/^SIG/, '').replace(/^15$/, 'TERM').replace(/^0$/, 'EXIT');
        if (action === '-') this.traps.delete(signal);
        else this.traps.set(signal, action);
      }
      return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' });
    });
  }
}
