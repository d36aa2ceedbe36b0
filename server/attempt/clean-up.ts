import type { KubernetesObject } from '@kubernetes/client-node';
import { remove, type Applier } from '../cluster/apply.ts';
import { deleteNamespace } from '../cluster/delete-namespace.ts';
import type { Names } from '../content/names.ts';
import { accountObjects } from './account.ts';

/**
 * Removes all that an attempt has in the cluster and resolves when it is gone. Safe when some or all of it never came
 * to be.
 * @param start the scenario's objects, for those that are not in a namespace.
 */
export async function cleanUp(
  applier: Applier,
  attempt: string,
  names: Names,
  start: readonly KubernetesObject[],
  signal?: AbortSignal,
): Promise<void> {
  const clusterScoped = start.filter(({ kind, metadata }) => kind !== 'Namespace' && !metadata?.namespace);
  await Promise.all([
    ...Object.values(names.namespaces).map((name) => deleteNamespace(applier.kube, name, signal)),
    ...[...clusterScoped, ...accountObjects(attempt, names)].map((object) => remove(applier, object, signal)),
  ]);
}
