import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { EmbeddedCluster } from '../../server/cluster/embedded/embedded.ts';
import { readConfig } from '../../server/config.ts';
import { Console } from '../../server/console.ts';
import { openLog } from '../../server/log.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The administrator's, of a cluster that all contract tests share. */
    kubeconfig: string;
    /** The path of the kubectl that goes with it. */
    kubectl: string;
    /** Of that cluster. */
    dataFolder: string;
  }
}

/** Starts one embedded cluster for all contract tests, and stops it after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'haechi-contract-'));
  const log = openLog('debug', join(dataFolder, 'platform.log'));
  const { programsDir, mirror } = readConfig([], process.env);
  const cluster = new EmbeddedCluster({ dataFolder, programsDir, mirror, log });
  // The first time, its programs are fetched or built: minutes that must not look like nothing.
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
  project.provide('kubeconfig', cluster.kubeconfig());
  project.provide('kubectl', cluster.programs().kubectl);
  project.provide('dataFolder', dataFolder);
  project.provide('cluster', 'embedded');
  return stop;
}
