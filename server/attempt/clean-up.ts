import type { KubernetesObject } from '@kubernetes/client-node';
import { remove, type Applier } from '../cluster/apply.ts';
import { deleteNamespace } from '../cluster/delete-namespace.ts';
import type { Mirror } from '../cluster/mirror.ts';
import { isMirrored } from '../cluster/mirrored-kinds.ts';
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
  await Promise.all([
    ...Object.values(names.namespaces).map((name) => deleteNamespace(applier.kube, name, signal)),
    ...outsideNamespaces(attempt, names, start).map((object) => remove(applier, object, signal)),
  ]);
}

/** Whether there is certainly nothing that `cleanUp` would remove: what a mirror does not hold, it has to ask for. */
export function isClean(
  mirror: Pick<Mirror, 'live' | 'get'>,
  attempt: string,
  names: Names,
  start: readonly KubernetesObject[],
): boolean {
  return (
    mirror.live &&
    Object.values(names.namespaces).every((name) => !mirror.get('Namespace', name)) &&
    outsideNamespaces(attempt, names, start).every(
      ({ kind, metadata }) => isMirrored(kind) && !mirror.get(kind, metadata?.name ?? '', metadata?.namespace),
    )
  );
}

function outsideNamespaces(attempt: string, names: Names, start: readonly KubernetesObject[]): KubernetesObject[] {
  const clusterScoped = start.filter(({ kind, metadata }) => kind !== 'Namespace' && !metadata?.namespace);
  return [...clusterScoped, ...accountObjects(attempt, names)];
}
