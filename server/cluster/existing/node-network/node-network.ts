import type { NodeNetworkState } from '../../../contract/network.ts';
import type { Log } from '../../../log.ts';
import type { Kube } from '../../kube.ts';
import { Mirror } from '../../mirror.ts';
import { ResourcePaths } from '../../resource-paths.ts';
import { nodeNetworkImage } from './image.ts';
import { installNodeNetwork, removeNodeNetwork } from './install.ts';
import { putRules } from './put-rules.ts';
import { RuleKeeper } from './rule-keeper.ts';

export interface NodeNetworkOptions {
  /** Whether anybody wants it; else it is taken out of the cluster. */
  wanted: boolean;
  /** Where the image is called otherwise. */
  image?: string | undefined;
  kube: Kube;
  mirror: Mirror;
  log: Log;
  signal: AbortSignal;
  tell: (state: NodeNetworkState) => void;
}

/**
 * Keeps lab pods from what no lab is about, on the nodes themselves. It never rejects: labs run also where it can't be had, and
 * `tell` hears why.
 * @returns what lets go of it; the rules stay.
 */
export async function keepNodeNetwork(options: NodeNetworkOptions): Promise<() => Promise<void>> {
  const { wanted, kube, mirror, log, signal, tell } = options;
  const applier = { kube, paths: new ResourcePaths(kube) };
  if (!wanted) {
    await removeNodeNetwork(applier, signal).catch((error: unknown) =>
      log.warn({ err: error }, 'nodes may keep rules'),
    );
    tell({ state: 'off', reason: '' });
    return () => Promise.resolve();
  }
  const nodes = new Mirror(kube, log, ['Node']);
  try {
    await installNodeNetwork(applier, options.image ?? (await nodeNetworkImage()), signal);
    await nodes.start();
    const put = (pod: string, ruleset: string, within: AbortSignal) => putRules(kube, pod, ruleset, within);
    const keeper = new RuleKeeper({ mirror, nodes, put, tell, log });
    return async () => {
      await keeper.stop();
      await nodes.stop();
    };
  } catch (error) {
    await nodes.stop();
    if (!signal.aborted) {
      log.warn({ err: error }, 'the nodes’ rules can not be kept');
      tell({ state: 'lacking', reason: error instanceof Error ? error.message : String(error) });
    }
    return () => Promise.resolve();
  }
}
