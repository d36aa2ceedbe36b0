import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ComponentStatus } from '../../contract/cluster-status.ts';
import { HaechiError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { BackOff } from './back-off.ts';
import { forgetProcess, noteProcess } from './leftovers.ts';
import { LogFile } from './log-file.ts';
import { residentMemory } from './process-identity.ts';
import type { ComponentName } from './program-names.ts';

export interface ComponentOptions {
  name: ComponentName;
  program: string;
  /** Asked before each start, so that a port that was taken meanwhile can change. */
  args: () => string[] | Promise<string[]>;
  env: Record<string, string>;
  /** What it runs in. */
  folder: string;
  /** Where its process is noted while it runs. */
  pidFolder: string;
  /** Where its output goes. */
  logPath: string;
  /** Whether it does its work now. */
  probe: (signal: AbortSignal) => Promise<boolean>;
  /** From SIGTERM to SIGKILL. */
  graceMs: number;
  log: Log;
  onChange: () => void;
}

const pollMs = 50;
/** Starts that may fail in a row before the first success, until it is given up. */
const firstTries = 4;
const maxLogBytes = 8 * 1024 * 1024;

/** One program of the control plane: started, watched, started again when it dies, stopped. */
export class Component {
  readonly #options: ComponentOptions;
  readonly #backOff = new BackOff({ firstMs: 100, limitMs: 10_000, goodRunMs: 30_000 });
  readonly #stopping = new AbortController();
  #state: ComponentStatus['state'] = 'stopped';
  #restarts = 0;
  #child: ChildProcess | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: ComponentOptions) {
    this.#options = options;
  }

  status(): ComponentStatus {
    const pid = this.#child?.pid;
    const memory = pid === undefined ? undefined : residentMemory(pid);
    return {
      name: this.#options.name,
      state: this.#state,
      restarts: this.#restarts,
      ...(memory === undefined ? {} : { memory }),
    };
  }

  get name(): ComponentName {
    return this.#options.name;
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  /**
   * Resolves when its probe succeeds for the first time. From then on it is kept running until `stop`.
   * @throws HaechiError `component-failed` when it ends again and again before that.
   */
  async start(): Promise<void> {
    if (this.#loop) throw new Error(`${this.#options.name} was started twice`);
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#loop = this.#keepRunning(() => resolve(undefined), reject);
    await promise;
  }

  /** Writes a line to its standard input, if it runs. Programs of Kubernetes' releases read none. */
  tell(line: string): void {
    this.#child?.stdin?.write(`${line}\n`);
  }

  /** SIGTERM, and SIGKILL when that takes too long. Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const child = this.#child;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), this.#options.graceMs);
      await this.#loop?.finally(() => clearTimeout(timer));
    }
    await this.#loop;
  }

  /** SIGKILL at once. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#stopping.abort();
    this.#child?.kill('SIGKILL');
    await this.#loop;
  }

  /** Never rejects: each end of the process is a reason to start it again, or to tell `failed`. */
  async #keepRunning(started: () => void, failed: (error: unknown) => void): Promise<void> {
    const { name, log, logPath } = this.#options;
    const done = { ready: false };
    for (let tries = 1; !this.#told(); tries++) {
      const startedAt = Date.now();
      let end: string;
      try {
        end = await this.#runOnce(() => {
          log.info({ component: name, milliseconds: Date.now() - startedAt }, 'component is ready');
          done.ready = true;
          started();
        });
      } catch (error) {
        end = error instanceof Error ? error.message : String(error);
      }
      if (this.#told()) break;
      log.warn({ component: name, end, log: logPath }, 'component ended');
      if (!done.ready && tries >= firstTries) {
        failed(new HaechiError('component-failed', { component: name, end, log: logPath, last: lastLine(logPath) }));
        break;
      }
      this.#restarts++;
      this.#set('restarting');
      const aborted = { signal: this.#stopping.signal };
      await sleep(this.#backOff.next(Date.now() - startedAt), undefined, aborted).catch(() => undefined);
    }
    this.#set('stopped');
    // Does nothing when it has started or failed before.
    failed(new HaechiError('cluster-stopped'));
  }

  /** Runs the process once; resolves with how it ended, when it has. */
  async #runOnce(ready: () => void): Promise<string> {
    const { name, program, folder, pidFolder, env, logPath } = this.#options;
    const args = await this.#options.args();
    const output = new LogFile(logPath, maxLogBytes);
    // In a session of its own: Ctrl+C in the console reaches the platform alone, which stops the parts in order.
    const child = spawn(program, args, { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    // It may be gone when it is told something.
    child.stdin.on('error', () => undefined);
    this.#child = child;
    if (this.#state === 'stopped') this.#set('starting');
    if (child.pid !== undefined) noteProcess(pidFolder, name, child.pid);
    child.stdout.on('data', (data: Buffer) => output.write(data));
    child.stderr.on('data', (data: Buffer) => output.write(data));
    const ended = new AbortController();
    try {
      const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
      // `stop` may have come while `args` was waited for, when there was no process to stop yet.
      if (this.#told()) child.kill('SIGKILL');
      child.once('exit', () => ended.abort());
      const probing = this.#waitUntilReady(ended.signal, ready);
      const [code, signal] = await closed;
      ended.abort();
      await probing;
      return signal ?? `exit code ${code ?? 'unknown'}`;
    } finally {
      ended.abort();
      this.#child = undefined;
      forgetProcess(pidFolder, name);
      output.close();
    }
  }

  async #waitUntilReady(ended: AbortSignal, ready: () => void): Promise<void> {
    const signal = AbortSignal.any([ended, this.#stopping.signal]);
    while (!signal.aborted) {
      // A probe that throws says no: nobody listens there yet.
      if (await this.#options.probe(signal).catch(() => false)) {
        // It may have ended, or been told to, while it was answering.
        if (ended.aborted || this.#told()) return;
        this.#set('running');
        ready();
        return;
      }
      await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Whether it was told to stop. */
  #told(): boolean {
    return this.#stopping.signal.aborted;
  }

  #set(state: ComponentStatus['state']): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onChange();
  }
}

/** What it said last, for the error that the user reads. */
function lastLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').at(-1)?.slice(0, 500) ?? '';
  } catch {
    return '';
  }
}
