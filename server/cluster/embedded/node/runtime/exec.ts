import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecProcess, ExecRequest } from '../container.ts';
import type { Inside, ProcessOutput, ProcessState, ScriptEnd } from './process.ts';
import { readsCommands, scriptOf } from './shells.ts';
import { openTerminal } from './terminal-session.ts';

/** How long an `exec` without a terminal may take. */
const longestExec = 10 * 60 * 1000;

/** What a program may be fed: all of it is held until its input ends. */
const mostInput = 16 * 1024 * 1024;

/** What Ctrl+C ends a program with. */
const interrupted = 130;

/** Runs a script in the container. */
export type RunInside = (
  script: string,
  state: ProcessState,
  output: ProcessOutput,
  signal: AbortSignal,
  stdin?: Uint8Array,
) => Promise<ScriptEnd>;

/** Starts what `kubectl exec` asks for. */
export function startExec(inside: Inside, request: ExecRequest, killedBy: AbortSignal, run: RunInside): ExecProcess {
  const stop = new AbortController();
  const interrupt = new AbortController();
  const signal = AbortSignal.any([stop.signal, interrupt.signal, killedBy]);
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const finish = (exitCode: number) => {
    stdout.end();
    stderr.end();
    return exitCode;
  };
  const base = { stdout, stderr, kill: () => stop.abort() };
  if (request.tty && readsCommands(inside, request.command)) {
    const session = openTerminal(inside, run, (text) => void stdout.write(text), signal);
    return { ...base, ...session, exitCode: session.exitCode.then(finish), endInput: () => stop.abort() };
  }
  const onTerminal = (text: string) => (request.tty ? text.replaceAll(/\r?\n/g, '\r\n') : text);
  const output: ProcessOutput = {
    stdout: (text) => void stdout.write(onTerminal(text)),
    stderr: (text) => void (request.tty ? stdout : stderr).write(onTerminal(text)),
    ...(request.tty ? {} : { bytes: (data: Uint8Array) => void stdout.write(data) }),
  };
  const input: Buffer[] = [];
  let inputBytes = 0;
  let inputEnded: () => void = () => undefined;
  const ready =
    request.stdin && !request.tty ? new Promise<void>((resolve) => (inputEnded = resolve)) : Promise.resolve();
  const exitCode = (async () => {
    await Promise.race([ready, sleep(longestExec, undefined, { signal, ref: false }).catch(() => undefined)]);
    const late = AbortSignal.any([signal, AbortSignal.timeout(longestExec)]);
    const { env, cwd } = inside;
    const stdin = Buffer.concat(input);
    const end = await run(scriptOf(inside, request.command, stdin.toString()), { env, cwd }, output, late, stdin);
    return interrupt.signal.aborted ? interrupted : end.exitCode;
  })().then(finish);
  return {
    ...base,
    exitCode,
    resize: () => undefined,
    write: (data) => {
      if (request.tty && Buffer.from(data).includes(3)) {
        stdout.write('^C\r\n');
        interrupt.abort();
        return;
      }
      inputBytes += data.length;
      if (inputBytes <= mostInput) input.push(Buffer.from(data));
      else stop.abort();
    },
    endInput: () => inputEnded(),
  };
}
