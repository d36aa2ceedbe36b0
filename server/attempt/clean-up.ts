import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { remove, type Applier } from '../cluster/apply.ts';
import { KubeError } from '../cluster/kube.ts';
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
    ...Object.values(names.namespaces).map((name) => deleteNamespace(applier, name, signal)),
    ...[...clusterScoped, ...accountObjects(attempt, names)].map((object) => remove(applier, object, signal)),
  ]);
}

/** Deletes a namespace with all in it, without waiting for pods' grace periods, and waits until it is gone. */
export async function deleteNamespace(applier: Applier, name: string, signal?: AbortSignal): Promise<void> {
  const { kube } = applier;
  const path = `/api/v1/namespaces/${name}`;
  const options = signal ? { signal } : {};
  if (!(await exists(applier, path, signal))) return;
  await remove(applier, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, signal);
  for (let wait = 20; await exists(applier, path, signal); wait = Math.min(wait * 1.5, 250)) {
    await kube.request('DELETE', `${path}/pods`, { query: { gracePeriodSeconds: 0 }, ...options }).catch(ignoreGone);
    await sleep(wait, undefined, options);
  }
}

async function exists({ kube }: Applier, path: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await kube.request('GET', path, signal ? { signal } : {});
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return false;
    throw error;
  }
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof KubeError && error.status === 404)) throw error;
}
