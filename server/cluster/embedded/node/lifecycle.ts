import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import type { V1Container, V1LifecycleHandler } from '@kubernetes/client-node';
import type { Container, ContainerRuntime, PodSandbox } from './container.ts';
import { portOf } from './probe.ts';

/** How long a hook may take that has no deadline of its own. */
const longest = 10 * 60 * 1000;

/**
 * Runs a container's postStart or preStop hook.
 * @param milliseconds how long it may take.
 * @returns why it failed, in a kubelet's words; undefined when it didn't.
 */
export async function runHook(
  hook: V1LifecycleHandler,
  spec: V1Container,
  container: Container,
  {
    sandbox,
    runtime,
    milliseconds = longest,
  }: { sandbox: PodSandbox; runtime: ContainerRuntime; milliseconds?: number },
): Promise<string | undefined> {
  if (hook.sleep) {
    await sleep(Math.min(hook.sleep.seconds * 1000, milliseconds), undefined, { ref: false });
    return undefined;
  }
  if (hook.httpGet) {
    const { path = '/', port } = hook.httpGet;
    const result = await runtime.probeHttp(sandbox, { port: portOf(port, spec), path }, milliseconds);
    return result.ok ? undefined : result.message;
  }
  if (!hook.exec) return 'the simulated node runs the hooks exec, httpGet and sleep';
  const command = hook.exec.command ?? [];
  try {
    const process = container.exec({ command, tty: false, stdin: false });
    const output = Promise.all([text(process.stdout), text(process.stderr)]);
    const code = await Promise.race([process.exitCode, sleep(milliseconds, undefined, { ref: false })]);
    if (code === undefined) {
      process.kill();
      return `command '${command.join(' ')}' timed out`;
    }
    const said = (await output).join('');
    return code === 0 ? undefined : `command '${command.join(' ')}' exited with ${code}: ${said}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
