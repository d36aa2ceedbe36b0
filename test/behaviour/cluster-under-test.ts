import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { inject } from 'vitest';
import type { Environment } from '../../server/attempt/environment.ts';
import { openCluster } from '../../server/cluster/open-cluster.ts';
import type { Cluster } from '../../server/cluster/cluster.ts';
import { removeNodeNetwork } from '../../server/cluster/existing/node-network/install.ts';
import { nodeNetwork } from '../../server/cluster/existing/node-network/names.ts';
import { readConfig } from '../../server/command-line.ts';
import { openEnvironment } from '../../server/environment.ts';
import { createTerminalService } from '../../server/terminal/sandbox-service.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Which cluster the behaviours of this folder are tested on: each project says its own. */
    cluster: 'embedded' | 'existing';
  }
}

export interface ClusterUnderTest {
  cluster: Cluster;
  environment: Environment;
  stop(): Promise<void>;
}

const log = pino({ level: 'silent' });

/**
 * The project's cluster as the platform opens it. An embedded one is a new one, as its node lives in the process that
 * started it; an existing one is that of the project's kubeconfig. Tests that need the API server alone take
 * `inject('kubeconfig')`.
 */
export async function openClusterUnderTest(): Promise<ClusterUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'haechi-behaviour-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, inject('kubeconfig'), { mode: 0o600 });
  const config = { ...readConfig([], process.env), cluster: inject('cluster'), dataFolder: folder, kubeconfig };
  const cluster = await openCluster({ ...config, context: undefined }, { log, throwaway: true });
  try {
    const dataFolder = join(folder, 'terminals');
    const createTerminals = (kubectl: string) => createTerminalService({ kubectl, dataFolder, log });
    const environment = await openEnvironment(cluster, createTerminals, log, AbortSignal.timeout(60_000));
    return {
      cluster,
      environment,
      async stop() {
        await environment.stop();
        if (cluster.kind === 'existing') await takeAway(environment);
        await cluster.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The nodes' rules, which stay when a platform stops: nobody else's tests are held by them. */
async function takeAway({ applier, mirror }: Environment): Promise<void> {
  const signal = AbortSignal.timeout(30_000);
  await removeNodeNetwork(applier, signal);
  await mirror.until(() => mirror.list('Pod', nodeNetwork).length === 0, 30_000, signal);
}
