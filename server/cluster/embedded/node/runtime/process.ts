import { setTimeout as sleep } from 'node:timers/promises';
import { Bash, type CustomCommand } from 'just-bash';
import type { CatalogueImage } from '../../../../content/image-catalogue.ts';
import type { ContainerSetup } from '../container.ts';
import { shellWords, type ContainerFilesystem } from './filesystem.ts';
import type { PodNetwork } from './network.ts';

/** One container as its processes see it. */
export interface Inside {
  setup: ContainerSetup;
  image: CatalogueImage;
  filesystem: ContainerFilesystem;
  network: PodNetwork;
  env: Record<string, string>;
  cwd: string;
}

export interface ProcessOutput {
  stdout: (text: string) => void;
  stderr: (text: string) => void;
}

export interface ProcessState {
  env: Record<string, string>;
  cwd: string;
}

/** The longest that a timer can wait. */
const forever = 2_147_000_000;

const limits = {
  maxExecutionTimeMs: forever,
  maxLoopIterations: 100_000,
  maxCommandCount: 1_000_000,
  maxCallDepth: 100,
  maxOutputSize: 4 * 1024 * 1024,
  maxStringLength: 4 * 1024 * 1024,
  maxExtensionCleanupTimeMs: 100,
};

/**
 * Runs a command line of a shell inside a container. Output is told as it comes from one statement to the next, and from
 * one turn of an endless loop to the next.
 * @returns its exit code, and the state that a following line goes on with. 137 when it was killed.
 */
export async function runScript(
  inside: Inside,
  commands: CustomCommand[],
  script: string,
  state: ProcessState,
  output: ProcessOutput,
  signal: AbortSignal,
  stdin?: string,
): Promise<{ exitCode: number; state: ProcessState }> {
  const loop = /^\s*while\s+(?:true|:)\s*;\s*do\s+([\s\S]*?);?\s*done\s*$/.exec(script);
  if (loop?.[1]) {
    for (let now = state; !signal.aborted;) {
      const turn = await runScript(inside, commands, loop[1], now, output, signal);
      now = turn.state;
      await sleep(1);
    }
    return { exitCode: 137, state };
  }
  const { identity } = inside.setup;
  const bash = new Bash({
    fs: inside.filesystem,
    cwd: state.cwd,
    env: state.env,
    customCommands: commands,
    executionLimits: limits,
    processInfo: { pid: 1, ppid: 0, uid: identity.uid, gid: identity.gid },
    sleep: (milliseconds) => sleep(milliseconds, undefined, { signal }),
    // It would patch the globals of the whole platform for as long as a container runs.
    defenseInDepth: false,
  });
  // An endless loop comes here at every turn, and must not leave a listener each time.
  const done = new AbortController();
  try {
    const aborted = new Promise<undefined>((resolve) =>
      signal.addEventListener('abort', () => resolve(undefined), { once: true, signal: done.signal }),
    );
    const result = await Promise.race([
      bash.exec(script, { signal, ...(stdin === undefined ? {} : { stdin }) }),
      aborted,
    ]);
    if (!result || signal.aborted) return { exitCode: 137, state };
    if (result.stdout) output.stdout(result.stdout);
    if (result.stderr) output.stderr(result.stderr.replaceAll(/^bash: /gm, 'sh: '));
    return { exitCode: result.exitCode, state: { env: result.env, cwd: result.env['PWD'] ?? state.cwd } };
  } catch (error) {
    if (signal.aborted) return { exitCode: 137, state };
    output.stderr(`sh: ${shellWords(error)}\n`);
    return { exitCode: 1, state };
  } finally {
    done.abort();
  }
}
