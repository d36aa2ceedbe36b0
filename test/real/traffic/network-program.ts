import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const pidFile = join(process.env['REAL_CLUSTER_STATE'] ?? '/var/lib/real-cluster', 'netpol.pid');

/** Only the cluster of REAL_CLUSTER has its policies enforced by a process of this machine. */
export const canPause = process.env['HAECHI_PAUSE_NETPOL'] !== '0' && existsSync(pidFile);

/** Runs `work` while nothing puts policies in force: what is in force stays, and nothing is added. */
export async function whilePaused<T>(work: () => Promise<T>): Promise<T> {
  const pid = Number(readFileSync(pidFile, 'utf8'));
  process.kill(pid, 'SIGSTOP');
  try {
    return await work();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
