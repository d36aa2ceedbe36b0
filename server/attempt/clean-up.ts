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

/** What makes pods, before the pods that it makes. */
const workloads = [
  ...['deployments', 'statefulsets', 'daemonsets', 'replicasets'].map((name) => `/apis/apps/v1/namespaces/%/${name}`),
  ...['cronjobs', 'jobs'].map((name) => `/apis/batch/v1/namespaces/%/${name}`),
  '/api/v1/namespaces/%/replicationcontrollers',
  '/api/v1/namespaces/%/pods',
];

/**
 * Deletes a namespace with all in it and waits until it is gone. Pods go first and at once: the namespace controller
 * would wait seconds for each pod that it finds still ending.
 */
export async function deleteNamespace(applier: Applier, name: string, signal?: AbortSignal): Promise<void> {
  const { kube } = applier;
  const path = `/api/v1/namespaces/${name}`;
  const options = signal ? { signal } : {};
  if (!(await exists(applier, path, signal))) return;
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, propagationPolicy: 'Background' };
  const empty = async () => {
    for (const each of workloads)
      await kube.request('DELETE', each.replace('%', name), { body, ...options }).catch(ignoreGone);
  };
  await empty();
  const pods = async () =>
    (await kube.request<{ items: unknown[] }>('GET', `${path}/pods`, options)).value.items.length;
  for (let tries = 0; tries < 40 && (await pods()) > 0; tries++) {
    await sleep(25, undefined, options);
    if (tries % 8 === 7) await empty();
  }
  await remove(applier, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, signal);
  for (let wait = 20; await exists(applier, path, signal); wait = Math.min(wait * 1.3, 200))
    await sleep(wait, undefined, options);
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
