import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Container, V1LifecycleHandler } from '@kubernetes/client-node';
import { ExecError, type Container, type ContainerRuntime, type PodSandbox } from './container.ts';
import { execSync, ExecTimeout } from './exec-sync.ts';
import { portOf } from './probe.ts';

/** How long a hook may take that has no deadline of its own. */
const longest = 10 * 60 * 1000;

/** A hook that failed, in a kubelet's words (pkg/kubelet/lifecycle/handlers.go). */
export interface HookProblem {
  hook: string;
  error: string;
}

/**
 * Runs a container's postStart or preStop hook.
 * @param milliseconds how long it may take.
 * @returns why it failed; undefined when it didn't.
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
): Promise<HookProblem | undefined> {
  if (hook.sleep) {
    await sleep(Math.min(hook.sleep.seconds * 1000, milliseconds), undefined, { ref: false });
    return undefined;
  }
  if (hook.httpGet) {
    const { path = '/', port } = hook.httpGet;
    const result = await runtime.probeHttp(sandbox, { port: portOf(port, spec), path }, milliseconds);
    // Any answer will do.
    return result.ok || result.answered ? undefined : { hook: `HTTP lifecycle hook (${path})`, error: result.message };
  }
  if (!hook.exec) return { hook: 'Lifecycle hook', error: 'the simulated node runs the hooks exec, httpGet and sleep' };
  const command = hook.exec.command ?? [];
  const problem = (error: string, said = '') => ({
    hook: `Exec lifecycle hook ([${command.join(' ')}])`,
    error: `${error}, message: ${JSON.stringify(said)}`,
  });
  try {
    const { exitCode, stdout, stderr } = await execSync(container, command, milliseconds);
    if (exitCode === 0) return undefined;
    return problem(`command '${command.join(' ')}' exited with ${exitCode}: ${stderr}`, stdout + stderr);
  } catch (error) {
    if (error instanceof ExecError || error instanceof ExecTimeout) return problem(error.message);
    throw error;
  }
}
