import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineCommand, type CustomCommand } from 'just-bash';
import { quote } from '../../../../shell-quote.ts';
import type { CatalogueImage } from '../../../../content/image-catalogue.ts';
import type { Container, ContainerExit, ContainerSetup, ExecProcess, ExecRequest } from '../container.ts';
import { StartError } from '../container.ts';
import { curl } from './commands/curl.ts';
import { lookupTools } from './commands/lookup.ts';
import { nc } from './commands/nc.ts';
import { servers, type RunProgram } from './commands/servers.ts';
import { procFiles, systemTools } from './commands/system.ts';
import { wget } from './commands/wget.ts';
import { ContainerFilesystem } from './filesystem.ts';
import { InteractiveShell } from './interactive.ts';
import { LogBuffer } from './log-buffer.ts';
import type { PodNetwork } from './network/pod-network.ts';
import { runScript, type Inside, type ProcessOutput, type ProcessState } from './process.ts';

const shells = new Set(['sh', 'bash', '/bin/sh', '/bin/bash', 'ash', '/bin/ash']);

/** How long an `exec` without a terminal may take. */
const longestExec = 10 * 60 * 1000;

/** How deep programs may start programs (CGI that asks itself). */
const deepest = 8;

/** One simulated container. */
export class ContainerInstance implements Container {
  readonly id = `containerd://${randomBytes(32).toString('hex')}`;
  readonly startedAt = new Date();
  readonly log = new LogBuffer();
  readonly exited: Promise<ContainerExit>;
  readonly #inside: Inside;
  readonly #stop = new AbortController();
  #depth = 0;

  constructor(setup: ContainerSetup, image: CatalogueImage, network: PodNetwork) {
    const env = {
      ...image.env,
      HOSTNAME: setup.pod.hostname,
      HOME: setup.identity.uid === 0 ? '/root' : '/',
      ...setup.env,
    };
    this.#inside = {
      setup,
      image,
      network,
      filesystem: new ContainerFilesystem(image, setup.identity, setup.mounts, procFiles(setup)),
      env,
      cwd: setup.workingDir ?? image.workingDir,
    };
    const line = [...(setup.command ?? image.entrypoint), ...(setup.args ?? (setup.command ? [] : image.command))];
    this.#requireProgram(line[0] ?? '', 'StartError');
    this.exited = this.#main(line);
  }

  exec(request: ExecRequest): ExecProcess {
    this.#requireProgram(request.command[0] ?? '', 'ExecError');
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#stop.signal]);
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const output: ProcessOutput = {
      stdout: (text) => void stdout.write(text),
      stderr: (text) => void stderr.write(text),
    };
    const finish = (exitCode: number) => {
      stdout.end();
      stderr.end();
      return exitCode;
    };
    const base = { stdout, stderr, resize: () => undefined, kill: () => stop.abort() };
    if (request.tty && shells.has(request.command[0] ?? '') && request.command.length === 1) {
      let shell: InteractiveShell | undefined;
      const exitCode = new Promise<number>((resolve) => {
        signal.addEventListener('abort', () => resolve(137), { once: true });
        const runLine = (line: string, state: ProcessState, to: ProcessOutput, lineSignal: AbortSignal) => {
          const both = AbortSignal.any([signal, lineSignal]);
          return runScript(this.#inside, this.#commands(both, to), line, state, to, both);
        };
        shell = new InteractiveShell(this.#inside, runLine, (text) => void stdout.write(text), resolve);
      }).then(finish);
      return {
        ...base,
        exitCode,
        write: (data) => shell?.feed(Buffer.from(data).toString()),
        endInput: () => undefined,
      };
    }
    const input: Buffer[] = [];
    let inputEnded: () => void = () => undefined;
    const ready =
      request.stdin && !request.tty ? new Promise<void>((resolve) => (inputEnded = resolve)) : Promise.resolve();
    const exitCode = (async () => {
      await Promise.race([ready, sleep(longestExec, undefined, { signal, ref: false }).catch(() => undefined)]);
      const late = AbortSignal.any([signal, AbortSignal.timeout(longestExec)]);
      return this.#run(request.command, output, late, Buffer.concat(input).toString());
    })().then(finish);
    return {
      ...base,
      exitCode,
      write: (data) => {
        if (request.tty && Buffer.from(data).includes(3)) stop.abort();
        else input.push(Buffer.from(data));
      },
      endInput: () => inputEnded(),
    };
  }

  async stop(_graceSeconds: number): Promise<void> {
    this.#stop.abort();
    await this.exited;
  }

  async #main(line: string[]): Promise<ContainerExit> {
    const output: ProcessOutput = {
      stdout: (text) => this.log.write('stdout', text),
      stderr: (text) => this.log.write('stderr', text),
    };
    // The caller gets the container before its first line runs.
    await sleep(0);
    const exitCode = await this.#run(line, output, this.#stop.signal);
    const stopped = this.#stop.signal.aborted;
    return {
      exitCode: stopped ? 143 : exitCode,
      reason: !stopped && exitCode === 0 ? 'Completed' : 'Error',
      finishedAt: new Date(),
    };
  }

  /** Runs an argument list: a shell's script, or a program. */
  async #run(line: string[], output: ProcessOutput, signal: AbortSignal, stdin?: string): Promise<number> {
    const [path = '', ...args] = line;
    const program = this.#programAt(path);
    const script =
      shells.has(program) && args[0] === '-c'
        ? (args[1] ?? '')
        : shells.has(program) && args.length === 0
          ? (stdin ?? '')
          : [program, ...args].map(quote).join(' ');
    const { env, cwd } = this.#inside;
    const { exitCode } = await runScript(
      this.#inside,
      this.#commands(signal, output),
      script,
      { env, cwd },
      output,
      signal,
      stdin,
    );
    return exitCode;
  }

  #commands(signal: AbortSignal, output: ProcessOutput): CustomCommand[] {
    const inside = this.#inside;
    const run: RunProgram = async (path, env, input) => {
      if (this.#depth >= deepest) return { exitCode: 126, stdout: '' };
      this.#depth++;
      let stdout = '';
      try {
        const text = (await inside.filesystem.text(path)) ?? '';
        const to: ProcessOutput = { stdout: (part) => (stdout += part), stderr: output.stderr };
        const state = { env: { ...inside.env, ...env }, cwd: inside.cwd };
        const { exitCode } = await runScript(inside, this.#commands(signal, to), text, state, to, signal, input);
        return { exitCode, stdout };
      } finally {
        this.#depth--;
      }
    };
    const all = [
      ...[wget(inside, signal), curl(inside, signal), nc(inside, signal), ...lookupTools(inside, signal)],
      ...servers(inside, signal, run, output.stdout),
      ...systemTools(inside, signal),
    ];
    const named = new Map(all.map((command) => [command.name, command]));
    const ncClient = named.get('nc');
    const ncServer = named.get('nc-listen');
    if (ncClient && ncServer && 'execute' in ncClient && 'execute' in ncServer) {
      named.set(
        'nc',
        defineCommand('nc', (args, context) =>
          args.some((arg) => /^-[a-z]*l/.test(arg)) ? ncServer.execute(args, context) : ncClient.execute(args, context),
        ),
      );
    }
    const { programs } = inside.image;
    return [...named.values()].filter(({ name }) => programs.includes(name));
  }

  /** A simulated program by its name, wherever the image has it; other paths stay. */
  #programAt(path: string): string {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return this.#inside.image.programs.includes(name) ? name : path;
  }

  /** @throws StartError as a runtime says it, when the image has no such program. */
  #requireProgram(program: string, reason: string): void {
    const { image, filesystem } = this.#inside;
    const words = `OCI runtime exec failed: exec failed: unable to start container process: exec: "${program}": executable file not found in $PATH`;
    if (image.programs.includes(this.#programAt(program))) return;
    if (
      image.shell &&
      (shells.has(program) ||
        filesystem.getAllPaths().includes(program) ||
        !program.includes('/') ||
        program.startsWith('/bin/') ||
        program.startsWith('/usr/bin/'))
    )
      return;
    const message =
      reason === 'ExecError'
        ? words
        : `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "${program}": executable file not found in $PATH`;
    throw new StartError(reason, message, 128);
  }
}
