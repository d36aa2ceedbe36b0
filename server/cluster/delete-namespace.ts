import { setTimeout as sleep } from 'node:timers/promises';
import { discoverGroups, groupVersionPath, type DiscoveredGroup } from './discovery.ts';
import { KubeError } from './kube-error.ts';
import type { Kube } from './kube.ts';

/** How long what is in a namespace may take to go before the namespace is left to the namespace controller. */
const emptyWithin = 15_000;

const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, propagationPolicy: 'Background' };
/** Names are enough: what was deleted comes back, and might be large. */
const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/**
 * Deletes a namespace with all in it and resolves when it is gone; that it isn't there is fine.
 *
 * It does at once what the namespace controller begins only five seconds later (namespaceDeletionGracePeriod in
 * pkg/controller/namespace): once the namespace terminates, admission lets nobody add to it; all that it holds is deleted,
 * and when nothing is left, its finalizer is taken off. What can't be deleted like this is left to the controller.
 */
export async function deleteNamespace(kube: Kube, name: string, signal?: AbortSignal): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  const options = signal ? { signal } : {};
  if (!(await isThere(kube.request('DELETE', path, { body, ...options })))) return;
  const collections = collectionsIn(await discoverGroups(kube, signal));
  if (collections && (await empty(kube, name, collections, signal))) {
    const finalized = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: [] } };
    await isThere(kube.request('PUT', `${path}/finalize`, { body: finalized, ...options }));
  }
  for (let wait = 5; await isThere(kube.request('GET', path, options)); wait = Math.min(wait * 1.5, 250))
    await sleep(wait, undefined, options);
}

/**
 * Paths of all that a namespace can hold, `%` in place of its name.
 * @returns undefined when some of it can't be deleted as a collection, or is not known now.
 */
export function collectionsIn(groups: readonly DiscoveredGroup[]): string[] | undefined {
  const paths = new Set<string>();
  const seen = new Set<string>();
  for (const group of groups) {
    for (const version of group.versions ?? []) {
      if (version.freshness === 'Stale') return undefined;
      for (const { resource, scope, verbs = [] } of version.resources ?? []) {
        const key = `${group.metadata?.name ?? ''}/${resource}`;
        if (scope !== 'Namespaced' || !verbs.includes('delete') || seen.has(key)) continue;
        if (!verbs.includes('deletecollection')) return undefined;
        seen.add(key);
        paths.add(`${groupVersionPath(group, version)}/namespaces/%/${resource}`);
      }
    }
  }
  return [...paths];
}

/** Deletes until nothing is left. @returns false when something was still there in the end. */
async function empty(kube: Kube, name: string, collections: string[], signal?: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + emptyWithin;
  let left = collections;
  for (let wait = 10; ; wait = Math.min(wait * 1.5, 250)) {
    const held = await Promise.all(left.map((path) => deleteAll(kube, path.replace('%', name), signal)));
    left = left.filter((_, index) => held[index]);
    if (left.length === 0) return true;
    if (Date.now() > deadline) return false;
    await sleep(wait, undefined, signal ? { signal } : {});
  }
}

/** @returns whether there was anything: what has a finalizer is there until that has been seen to. */
async function deleteAll(kube: Kube, path: string, signal?: AbortSignal): Promise<boolean> {
  const { value } = await kube.request<{ items?: unknown[] }>('DELETE', path, {
    body,
    headers: { accept },
    ...(signal ? { signal } : {}),
  });
  return (value.items ?? []).length > 0;
}

/** Whether the object was there. */
async function isThere(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return false;
    throw error;
  }
}
