import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { ExistingCluster } from '../../server/cluster/existing/existing.ts';
import { Console } from '../../server/console.ts';
import { openLog } from '../../server/log.ts';

const run = promisify(execFile);

/**
 * Brings the real cluster up with the labs' images, or finds it running; it stays up, as it takes minutes to make. A
 * cluster of one's own that has the images is named by HAECHI_REAL_KUBECONFIG.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const path = process.env['HAECHI_REAL_KUBECONFIG'] ?? (await bringUp());
  const dataFolder = await mkdtemp(join(tmpdir(), 'haechi-real-'));
  const log = openLog('debug', join(dataFolder, 'platform.log'));
  const cluster = new ExistingCluster({ kubeconfig: path, nodeNetwork: 'off', log });
  const quiet = new Console(process.stderr).watch(cluster);
  try {
    await cluster.start(AbortSignal.timeout(10 * 60 * 1000));
    project.provide('kubectl', cluster.kubectl());
  } finally {
    quiet();
    await cluster.stop();
  }
  project.provide('kubeconfig', await readFile(path, 'utf8'));
  project.provide('dataFolder', dataFolder);
  project.provide('cluster', 'existing');
  return () => rm(dataFolder, { recursive: true, force: true });
}

/** @returns the path of its kubeconfig. */
async function bringUp(): Promise<string> {
  const { stdout } = await run(join(import.meta.dirname, 'up'), { maxBuffer: 2 ** 26 });
  const path = /^export KUBECONFIG=(.*)$/m.exec(stdout)?.[1];
  if (path === undefined) throw new Error(`test/real/up names no kubeconfig: ${stdout}`);
  return path;
}
