import type { Writable } from 'node:stream';
import type { Cluster } from './cluster/cluster.ts';
import type { ClusterStatus } from './contract/cluster-status.ts';

/** Says on the console how the cluster comes up, a line a step or every few percent. @returns what ends that. */
export function printStatus(cluster: Cluster, output: Writable): () => void {
  let last = '';
  return cluster.onStatus((status) => {
    const line = describe(status);
    if (line !== '' && line !== last) output.write(`${line}\n`);
    last = line;
  });
}

function describe({ phase, progress, problem, components }: ClusterStatus): string {
  if (problem) return `Problem: ${problem.message.en}`;
  if (phase === 'degraded') {
    const down = components.filter(({ state }) => state === 'restarting').map(({ name }) => name);
    return `Restarting: ${down.join(', ')}`;
  }
  if (!progress) return '';
  const percent = progress.fraction === null ? '' : ` ${Math.floor(progress.fraction * 20) * 5} %`;
  return `${progress.title.en}…${percent}`;
}
