import type { Cluster } from '../cluster/cluster.ts';
import type { Platform } from '../platform.ts';

/** Longer than this, and the database counts as not answering. */
const databaseMs = 2000;

export interface Readiness {
  ready: boolean;
  /** One line for each thing that was looked at: `database: ok`. */
  lines: string[];
}

/** Whether the platform has put in place what attempts stand on. */
export type LabsState = 'ready' | 'preparing' | 'failed';

/**
 * Whether learners can work: the database answers, the cluster is there, and so is what labs need in it. A degraded cluster
 * counts, as attempts go on in it; and one that isn't there yet doesn't.
 */
export async function readinessOf(
  platform: Pick<Platform, 'askDatabase'>,
  cluster: Pick<Cluster, 'status'>,
  labs: LabsState,
): Promise<Readiness> {
  const database = await databaseState(platform);
  const { phase, problem } = cluster.status();
  const clusterReady = phase === 'ready' || phase === 'degraded';
  return {
    ready: database === 'ok' && clusterReady && labs === 'ready',
    lines: [`database: ${database}`, `cluster: ${phase}${problem ? ` (${problem.code})` : ''}`, `labs: ${labs}`],
  };
}

async function databaseState(platform: Pick<Platform, 'askDatabase'>): Promise<'ok' | 'failed'> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('the database does not answer')), databaseMs);
  try {
    await Promise.race([platform.askDatabase(), late]);
    return 'ok';
  } catch {
    return 'failed'; // Whoever asks it for data logs why.
  } finally {
    clearTimeout(timer);
  }
}
