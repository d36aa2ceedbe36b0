import type { Cluster } from '../cluster/cluster.ts';
import type { Log } from '../log.ts';
import type { Platform, PlatformObserver } from '../platform.ts';
import { openMonitoring } from './listener.ts';
import { createMetrics } from './metrics.ts';
import { readinessOf, type LabsState } from './readiness.ts';

/**
 * A platform that is watched over: health, readiness and metrics are answered for as long as it runs.
 * @param start starts it, telling the observer what happens.
 * @throws HaechiError `metrics-port-in-use`, and what `start` throws
 */
export async function startMonitored(
  start: (observer: PlatformObserver) => Promise<Platform>,
  { host, port, cluster, log }: { host: string; port: number; cluster: Pick<Cluster, 'status'>; log: Log },
): Promise<Platform> {
  const metrics = createMetrics();
  const platform = await start(metrics.observer);
  metrics.countFrom(platform);
  let labs: LabsState = 'preparing';
  platform.ready.then(
    () => (labs = 'ready'),
    () => (labs = 'failed'), // The platform logs why.
  );
  try {
    const readiness = () => readinessOf(platform, cluster, labs);
    const monitoring = await openMonitoring({ host, port, metrics, readiness, log });
    log.info({ url: monitoring.url }, 'health and metrics');
    return {
      ...platform,
      async stop() {
        await monitoring.stop();
        await platform.stop();
      },
    };
  } catch (error) {
    await platform.stop();
    throw error;
  }
}
