import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const state = process.env['REAL_CLUSTER_STATE'] ?? '/var/lib/real-cluster';
const pidFile = join(state, 'netpol.pid');
const kubeconfig = join(state, 'admin.kubeconfig');
/** It goes on after this even if the tests are killed meanwhile. */
const mostSeconds = 50;

/** Only the cluster of REAL_CLUSTER has its policies enforced by a process of this machine. */
export const canPause = (process.env['HAECHI_REAL_KUBECONFIG'] ?? kubeconfig) === kubeconfig && existsSync(pidFile);

/** Runs `work` while nothing puts policies in force: what is in force stays, and nothing is added. */
export async function whilePaused<T>(work: () => Promise<T>): Promise<T> {
  const pid = readFileSync(pidFile, 'utf8').trim();
  const guard = spawn('sh', ['-c', `sleep ${mostSeconds}; kill -CONT ${pid}`], { detached: true, stdio: 'ignore' });
  guard.unref();
  process.kill(Number(pid), 'SIGSTOP');
  try {
    return await work();
  } finally {
    process.kill(Number(pid), 'SIGCONT');
    if (guard.pid !== undefined) process.kill(-guard.pid);
  }
}
