import type { Kube } from '../../kube.ts';
import { CannotRun, runInContainer } from '../probe/run-in-container.ts';
import { container, nodeNetwork } from './names.ts';

const timeoutMs = 10_000;

/**
 * Puts a ruleset in force on the node of a pod, all of it at once or nothing.
 * @throws CannotRun, with nft's words when it refuses; the signal's reason when aborted
 */
export async function putRules(kube: Kube, pod: string, ruleset: string, signal: AbortSignal): Promise<void> {
  const place = { namespace: nodeNetwork, pod, container };
  const argv = ['sh', '-c', 'head -c "$0" | nft -f -', String(Buffer.byteLength(ruleset))];
  const { exitCode, stderr } = await runInContainer(kube, place, { argv, input: ruleset, timeoutMs, signal });
  if (exitCode !== 0) throw new CannotRun(stderr.trim().split('\n')[0] || `nft ended with ${exitCode}`);
}
