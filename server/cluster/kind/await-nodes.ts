import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Node } from '@kubernetes/client-node';
import { HaechiError } from '../../errors.ts';
import type { Kube } from '../kube.ts';
import { isNodeReady } from '../node-ready.ts';

/** A watch has nothing to stand on yet: the API server comes up meanwhile. */
const askEveryMs = 500;
const answerMs = 5000;

/**
 * Waits until every node's container is a Node that is ready, which is when the pod network runs on it.
 * @param names of the containers, which their Nodes have too
 * @throws HaechiError `kind-cluster-incomplete` when the API server knows fewer: creating it was broken off;
 *   `kind-cluster-not-ready` when the patience ends; the signal's reason
 */
export async function awaitNodes(
  kube: Pick<Kube, 'request'>,
  names: readonly string[],
  patienceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const { nodes, reason } = await ask(kube, signal);
    if (nodes) {
      const missing = names.filter((name) => !nodes.some((node) => node.metadata?.name === name));
      if (missing.length > 0) throw new HaechiError('kind-cluster-incomplete', { missing: missing.join(', ') });
      const unready = nodes.filter((node) => !isNodeReady(node)).map((node) => node.metadata?.name ?? '');
      if (unready.length === 0) return;
      if (performance.now() > until) throw notReady(`${unready.join(', ')} NotReady`);
    } else if (performance.now() > until) throw notReady(reason);
    await sleep(askEveryMs, undefined, { signal });
  }
}

async function ask(
  kube: Pick<Kube, 'request'>,
  signal: AbortSignal,
): Promise<{ nodes: V1Node[]; reason?: never } | { nodes?: never; reason: string }> {
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
    const { value } = await kube.request<{ items: V1Node[] }>('GET', '/api/v1/nodes', { signal: within });
    return { nodes: value.items };
  } catch (error) {
    signal.throwIfAborted();
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

function notReady(reason: string): HaechiError {
  return new HaechiError('kind-cluster-not-ready', { reason });
}
