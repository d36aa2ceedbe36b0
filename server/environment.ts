import { applyGuard } from './attempt/guard/guard.ts';
import type { Environment } from './attempt/environment.ts';
import type { Applier } from './cluster/apply.ts';
import type { Cluster } from './cluster/cluster.ts';
import type { Kube } from './cluster/kube.ts';
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

/**
 * Starts the cluster, or waits for its start, and puts together what attempts stand on. `stop` undoes the latter in reverse
 * order; the caller stops the cluster, also when this rejects.
 */
export async function openEnvironment(
  cluster: Pick<
    Cluster,
    'start' | 'reached' | 'kube' | 'mirror' | 'kubectl' | 'urgently' | 'getFromPod' | 'flowProber'
  >,
  createTerminals: CreateTerminals,
  log: Log,
  signal: AbortSignal,
): Promise<Environment & { stop(): Promise<void> }> {
  // An API server takes up admission policies a second after they are written: time to start the rest.
  const guarded = cluster.reached().then((reached) => applyGuard(applierOf(reached)));
  await Promise.all([cluster.start(signal), guarded]);
  const applier = applierOf(cluster.kube());
  const mirror = cluster.mirror();
  const [grader, terminals] = await Promise.all([
    graderKube(applier),
    createTerminals(cluster.kubectl(), { applier, mirror }),
  ]);
  const live = new LiveJudge({ mirror, log, ...(cluster.flowProber ? { concurrency: judgedWithPackets } : {}) });
  return {
    applier,
    mirror,
    grader,
    urgently: cluster.urgently ?? ((work) => work()),
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

function applierOf(kube: Kube): Applier {
  return { kube, paths: new ResourcePaths(kube) };
}
