import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedCluster } from '../server/cluster/embedded/embedded.ts';
import { readConfig } from '../server/command-line.ts';
import { Console } from '../server/console.ts';
import { openLog } from '../server/log.ts';

export interface StartedCluster {
  cluster: EmbeddedCluster;
  dataFolder: string;
  /** Stops it and removes its folder. */
  stop: () => Promise<void>;
}

/**
 * Starts an embedded cluster of its own for tests. The first time, its programs are fetched or built: minutes that must
 * not look like nothing.
 */
export async function startEmbeddedCluster(prefix: string): Promise<StartedCluster> {
  const dataFolder = await mkdtemp(join(tmpdir(), prefix));
  const log = openLog('debug', join(dataFolder, 'platform.log'));
  const { programsDir, mirror } = readConfig([], process.env);
  const cluster = new EmbeddedCluster({ dataFolder, programsDir, mirror, log });
  const quiet = new Console(process.stderr).watch(cluster);
  const stop = async () => {
    quiet();
    await cluster.stop();
    await rm(dataFolder, { recursive: true, force: true });
  };
  try {
    await cluster.start(AbortSignal.timeout(30 * 60 * 1000));
  } catch (error) {
    await stop();
    throw error;
  }
  return { cluster, dataFolder, stop };
}
