import { applyGuard } from './attempt/guard/guard.ts';
import type { Environment } from './attempt/environment.ts';
import type { Applier } from './cluster/apply.ts';
import type { Cluster } from './cluster/cluster.ts';
import type { Mirror } from './cluster/mirror.ts';
import { ResourcePaths } from './cluster/resource-paths.ts';
import { graderKube } from './grader/identity.ts';
import { LiveJudge } from './grader/live.ts';
import type { Log } from './log.ts';
import type { TerminalService } from './terminal/service.ts';

/**
 * Makes the shells.
 * @param kubectl path of the program.
 * @param ground what shells in the cluster itself stand on.
 */
export type CreateTerminals = (
  kubectl: string,
  ground: { applier: Applier; mirror: Mirror },
) => Promise<TerminalService>;

/** How many attempts are judged at the same time where judging is mostly waiting for packets. */
const judgedWithPackets = 12;

/** Puts together what attempts stand on, on a cluster that is ready. `stop` undoes it in reverse order. */
export async function openEnvironment(
  cluster: Pick<Cluster, 'kube' | 'mirror' | 'kubectl' | 'getFromPod' | 'flowProber'>,
  createTerminals: CreateTerminals,
  log: Log,
): Promise<Environment & { stop(): Promise<void> }> {
  const kube = cluster.kube();
  const applier = { kube, paths: new ResourcePaths(kube) };
  const mirror = cluster.mirror();
  const [grader, terminals] = await Promise.all([
    graderKube(applier),
    createTerminals(cluster.kubectl(), { applier, mirror }),
    applyGuard(applier),
  ]);
  const live = new LiveJudge({ mirror, log, ...(cluster.flowProber ? { concurrency: judgedWithPackets } : {}) });
  return {
    applier,
    mirror,
    grader,
    getFromPod: cluster.getFromPod,
    flowProber: cluster.flowProber,
    live,
    terminals,
    async stop() {
      await live.stop();
      await terminals.stop();
      await grader.close();
    },
  };
}
