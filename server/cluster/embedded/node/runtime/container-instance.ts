import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CustomCommand } from 'just-bash';
import type { CatalogueImage } from '../../../../content/image-catalogue.ts';
import type { Container, ContainerExit, ContainerSetup, ExecProcess, ExecRequest, LogLine } from '../container.ts';
import type { RunProgram } from './commands/servers.ts';
import { startExec } from './exec.ts';
import type { FileTree } from './file-tree.ts';
import { enter } from './inside.ts';
import { LogBuffer } from './log-buffer.ts';
import { ContainerMemory } from './memory.ts';
import type { PodNetwork } from './network/pod-network.ts';
import type { PodProcesses } from './pod-processes.ts';
import { runScript, type Inside, type ProcessOutput, type ScriptEnd } from './process.ts';
import { programsOf, requireFirstProgram, requireProgram } from './programs.ts';
import { readsCommands, scriptOf } from './shells.ts';
import { killed, Signals, terminated } from './signals.ts';
import { openTerminal, type TerminalSession } from './terminal-session.ts';

/** How deep programs may start programs (CGI that asks itself). */
const deepest = 8;

/** One simulated container. */
export class ContainerInstance implements Container {
  readonly id = `containerd://${randomBytes(32).toString('hex')}`;
  readonly startedAt = new Date();
  readonly log = new LogBuffer();
  readonly exited: Promise<ContainerExit>;
  readonly #inside: Inside;
  readonly #signals = new Signals();
  readonly #attached = new Set<(stream: LogLine['stream'], text: string) => void>();
  /** The terminal of the first process, if it is a shell that has one. */
  #terminal: TerminalSession | undefined;
  #depth = 0;
  readonly #files: FileTree;
  #outOfMemory = false;

  constructor(setup: ContainerSetup, image: CatalogueImage, place: { network: PodNetwork; processes: PodProcesses }) {
    const line = [...(setup.command ?? image.entrypoint), ...(setup.args ?? (setup.command ? [] : image.command))];
    const log = {
      stdout: (text: string) => this.#wrote('stdout', text),
      stderr: (text: string) => this.#wrote('stderr', text),
    };
    const memory = new ContainerMemory(setup.memoryLimit, () => {
      this.#outOfMemory = true;
      this.#signals.stop(0);
    });
    const { inside, files } = enter(setup, image, { ...place, line, log, memory });
    this.#inside = inside;
    this.#files = files;
    requireFirstProgram(this.#inside, line[0] ?? '');
    const { name, identity } = setup;
    const ended = place.processes.add({ name, line, identity, env: inside.env, files, log }, setup);
    this.exited = this.#main(line).finally(ended);
  }

  exec(request: ExecRequest): ExecProcess {
    requireProgram(this.#inside, request.command[0] ?? '');
    return startExec(this.#inside, request, this.#signals.kill, (script, state, output, signal, stdin) =>
      this.#script(script, state, output, { kill: signal, term: signal }, stdin),
    );
  }

  async read(path: string): Promise<string | undefined> {
    return this.#inside.filesystem.text(path);
  }

  async used(): Promise<number> {
    return (await this.#files.writtenBytes()) + this.log.bytes;
  }

  attach(): ExecProcess {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const copy = (stream: LogLine['stream'], text: string) =>
      void (stream === 'stdout' || this.#inside.setup.tty ? stdout : stderr).write(text);
    const end = () => {
      this.#attached.delete(copy);
      stdout.end();
      stderr.end();
    };
    this.#attached.add(copy);
    return {
      stdout,
      stderr,
      write: (data) => this.#terminal?.write(data),
      resize: (columns, rows) => this.#terminal?.resize(columns, rows),
      endInput: () => undefined,
      kill: end,
      // The pod's status has the exit code; being attached went well.
      exitCode: this.exited.then(() => {
        end();
        return 0;
      }),
    };
  }

  async stop(graceSeconds: number): Promise<void> {
    this.#signals.stop(graceSeconds);
    await this.exited;
  }

  async #main(line: string[]): Promise<ContainerExit> {
    // The caller gets the container before its first line runs.
    await sleep(0);
    const { env, cwd, log, setup } = this.#inside;
    const { kill, term } = this.#signals;
    if (setup.tty && setup.stdin && readsCommands(this.#inside, line))
      this.#terminal = openTerminal(
        this.#inside,
        (text, state, to, signal) => this.#script(text, state, to, { kill: signal, term }),
        log.stdout,
        kill,
      );
    const exitCode = await Promise.race([
      this.#terminal?.exitCode ??
        this.#script(scriptOf(this.#inside, line), { env, cwd }, log, this.#signals).then((end) => end.exitCode),
      this.#onTerm(log),
    ]);
    const forced = kill.aborted;
    // What it started ends with it.
    this.#signals.stop(0);
    this.#signals.clear();
    this.log.flush();
    return {
      exitCode: forced ? killed : exitCode,
      reason: this.#outOfMemory ? 'OOMKilled' : !forced && exitCode === 0 ? 'Completed' : 'Error',
      finishedAt: new Date(),
    };
  }

  #wrote(stream: LogLine['stream'], text: string): void {
    this.log.write(stream, text);
    for (const copy of this.#attached) copy(stream, text);
  }

  /** What SIGTERM does to the first process: nothing, unless a trap was set or it isn't the first of its namespace. */
  #onTerm(output: ProcessOutput): Promise<number> {
    const { term, traps } = this.#signals;
    const { env, cwd, setup } = this.#inside;
    return new Promise((resolve) => {
      const end = (): void => {
        const action = traps.get('TERM');
        if (action)
          void this.#script(action, { env, cwd }, output, this.#signals).then((done) => resolve(done.exitCode));
        else if (action === undefined && !setup.pod.ownPids) resolve(terminated);
      };
      term.addEventListener('abort', end, { once: true });
    });
  }

  #script(
    script: string,
    state: { env: Record<string, string>; cwd: string },
    output: ProcessOutput,
    signals: { kill: AbortSignal; term: AbortSignal },
    stdin?: Uint8Array,
  ): Promise<ScriptEnd> {
    const commands = this.#commands(signals, output);
    return runScript(this.#inside, commands, script, state, output, signals.kill, stdin);
  }

  #commands(signals: { kill: AbortSignal; term: AbortSignal }, output: ProcessOutput): CustomCommand[] {
    const inside = this.#inside;
    const run: RunProgram = async (path, env, input) => {
      if (this.#depth >= deepest) return { exitCode: 126, stdout: '' };
      this.#depth++;
      let stdout = '';
      try {
        const text = (await inside.filesystem.text(path)) ?? '';
        const to: ProcessOutput = { stdout: (part) => (stdout += part), stderr: output.stderr };
        const state = { env: { ...inside.env, ...env }, cwd: inside.cwd };
        const { exitCode } = await this.#script(text, state, to, signals, Buffer.from(input));
        return { exitCode, stdout };
      } finally {
        this.#depth--;
      }
    };
    const own = signals === this.#signals ? [this.#signals.trap()] : [new Signals().trap()];
    return [...programsOf(inside, signals, run, output.stdout), ...own];
  }
}
