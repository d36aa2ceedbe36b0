import { setTimeout as sleep } from 'node:timers/promises';
import { Bash, defineCommand, type CustomCommand } from 'just-bash';
import type { CatalogueImage } from '../../../../content/image-catalogue.ts';
import type { ContainerSetup } from '../container.ts';
import { followFiles } from './commands/follow.ts';
import type { ContainerFilesystem } from './filesystem.ts';
import { inKernelWords, kernelWords } from './kernel-words.ts';
import type { ContainerMemory } from './memory.ts';
import type { PodNetwork } from './network/pod-network.ts';
import type { PodProcesses } from './pod-processes.ts';
import { ProcessFilesystem } from './process-filesystem.ts';
import { shellTools } from './programs.ts';
import { killed } from './signals.ts';
import { asAShellDoes, background, breathe, mayWrite, waitForAll } from './shell-transform.ts';

/** One container as its processes see it. */
export interface Inside {
  setup: ContainerSetup;
  image: CatalogueImage;
  filesystem: ContainerFilesystem;
  memory: ContainerMemory;
  network: PodNetwork;
  /** Of the pod, as far as this container sees them. */
  processes: PodProcesses;
  /** What the container's first process writes goes to its log. */
  log: ProcessOutput;
  /** The log of process 1, which may be another container's. */
  firstLog: ProcessOutput;
  env: Record<string, string>;
  cwd: string;
}

export interface ProcessOutput {
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  /** Takes what is written to stdout byte by byte, in the place of `stdout`. */
  bytes?: (data: Uint8Array) => void;
}

export interface ProcessState {
  env: Record<string, string>;
  cwd: string;
}

/** How a script ended. */
export interface ScriptEnd {
  exitCode: number;
  /** What a following line of the same shell goes on with. */
  state: ProcessState;
  /** Whether it said `exit`, rather than that it came to its end. */
  exited: boolean;
}

/** The longest that a timer can wait. */
const forever = 2_147_000_000;

/** How long a loop may keep the machine, and how long it then leaves it to others, in milliseconds. */
const busy = 8;
const rest = 20;

const limits = {
  maxExecutionTimeMs: forever,
  // Loops rest, so an endless one may go on.
  maxLoopIterations: Number.MAX_SAFE_INTEGER,
  maxCommandCount: Number.MAX_SAFE_INTEGER,
  maxWorkUnits: Number.MAX_SAFE_INTEGER,
  maxCallDepth: 100,
  // Counts all that a script ever wrote, so it ends a chatty loop after days.
  maxOutputSize: 64 * 1024 * 1024,
  maxStringLength: 4 * 1024 * 1024,
  maxExtensionCleanupTimeMs: 100,
};

/** What just-bash says when a variable or a list has grown to its bound: a real shell would go on taking memory. */
const tooMuch = /(string length|array elements?) limit exceeded/;

/**
 * Runs a script of a shell inside a container. What its commands write is told as each ends.
 */
export async function runScript(
  inside: Inside,
  commands: CustomCommand[],
  script: string,
  state: ProcessState,
  output: ProcessOutput,
  signal: AbortSignal,
  stdin?: Uint8Array,
): Promise<ScriptEnd> {
  const { identity } = inside.setup;
  const told: ProcessOutput = { ...output, stderr: (text) => output.stderr(inWordsOfSh(text)) };
  const others = otherProcesses((text, from) => runScript(inside, commands, text, from, output, signal));
  const following = followFiles(inside, told, signal, (text, from, input) =>
    runScript(inside, commands, text, from, output, signal, input),
  );
  const fs = new ProcessFilesystem(inside.filesystem, told, inside.firstLog);
  const bash = new Bash({
    fs,
    commands: inside.image.programs.includes('tar') ? [...shellTools, 'tar'] : shellTools,
    cwd: state.cwd,
    env: state.env,
    customCommands: [...commands, breathing(signal), writableFiles(inside), following, ...others],
    executionLimits: limits,
    processInfo: { pid: 1, ppid: 0, uid: identity.uid, gid: identity.gid },
    sleep: (milliseconds) => sleep(milliseconds, undefined, { signal }),
    // It would patch the globals of the whole platform for as long as a container runs.
    defenseInDepth: false,
  });
  bash.registerTransformPlugin(asAShellDoes);
  const done = new AbortController();
  try {
    const aborted = new Promise<undefined>((resolve) =>
      signal.addEventListener('abort', () => resolve(undefined), { once: true, signal: done.signal }),
    );
    const result = await Promise.race([
      bash.exec(script, { signal, ...(stdin === undefined ? {} : bytesIn(stdin)) }),
      aborted,
    ]);
    if (!result || signal.aborted) return { exitCode: killed, state, exited: true };
    if (tooMuch.test(result.stderr) && inside.memory.exceed()) return { exitCode: killed, state, exited: true };
    if (result.stdout) told.stdout(result.stdout);
    if (result.stderr) told.stderr(fs.corrected(result.stderr));
    const next = { env: result.env, cwd: result.env['PWD'] ?? state.cwd };
    return { exitCode: result.exitCode, state: next, exited: fs.exited };
  } catch (error) {
    if (signal.aborted) return { exitCode: killed, state, exited: true };
    told.stderr(`sh: ${kernelWords(error)}\n`);
    return { exitCode: 1, state, exited: false };
  } finally {
    done.abort();
  }
}

/** just-bash carries bytes as the characters of latin1. */
function bytesIn(data: Uint8Array): { stdin: string; stdinKind: 'bytes' } {
  return { stdin: Buffer.from(data).toString('latin1'), stdinKind: 'bytes' };
}

function breathing(signal: AbortSignal): CustomCommand {
  let since = Date.now();
  return defineCommand(breathe, async () => {
    if (Date.now() - since > busy) {
      await sleep(rest, undefined, { signal });
      since = Date.now();
    }
    return { exitCode: 0, stdout: '', stderr: '' };
  });
}

function writableFiles({ filesystem }: Inside): CustomCommand {
  return defineCommand(mayWrite, async (paths, { cwd }) => {
    for (const path of paths) {
      try {
        await filesystem.checkWritable(filesystem.resolvePath(cwd, path));
      } catch (error) {
        return { exitCode: 1, stdout: '', stderr: `sh: can't create ${path}: ${kernelWords(error)}\n` };
      }
    }
    return { exitCode: 0, stdout: '', stderr: '' };
  });
}

/** What `&` starts, and `wait` waits for. */
function otherProcesses(run: (script: string, state: ProcessState) => Promise<unknown>): CustomCommand[] {
  const running: Promise<unknown>[] = [];
  const done = { exitCode: 0, stdout: '', stderr: '' };
  return [
    defineCommand(background, ([script = ''], { env, cwd }) => {
      running.push(run(script, { env: Object.fromEntries(env), cwd }));
      return Promise.resolve(done);
    }),
    defineCommand(waitForAll, async () => {
      await Promise.all(running);
      return done;
    }),
  ];
}

/** The shell of small images is sh. */
function inWordsOfSh(text: string): string {
  return inKernelWords(text)
    .replaceAll(/^bash: (.*?)(: command)? not found$/gm, 'sh: $1: not found')
    .replaceAll(/^bash: /gm, 'sh: ');
}
