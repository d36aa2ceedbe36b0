import { deleteNamespace } from '../../server/cluster/delete-namespace.ts';
import { timed } from './attempts.ts';
import type { Bench } from './platform.ts';
import type { Measurement } from './sample.ts';

const name = 'haechi-bench-empty';

/** How long an empty namespace takes to go: no attempt can end sooner on this cluster. */
export async function measureNamespaces(bench: Bench, count: number): Promise<Measurement[]> {
  const { kube } = bench.environment.applier;
  const samples: number[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      await kube.request('POST', '/api/v1/namespaces', { body });
      samples.push(await timed(() => deleteNamespace(kube, name, bench.signal)));
    }
  } finally {
    await deleteNamespace(kube, name);
  }
  return [{ name: 'an empty namespace goes', unit: 'ms', samples, goal: '' }];
}
