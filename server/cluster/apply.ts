import type { KubernetesObject } from '@kubernetes/client-node';
import { isNotFound, KubeError } from './kube-error.ts';
import type { Kube } from './kube.ts';
import type { ResourcePaths } from './resource-paths.ts';

/** The field manager of all that the platform applies. */
export const fieldManager = 'haechi';

export interface Applier {
  kube: Kube;
  paths: ResourcePaths;
}

/**
 * Server-side apply of one object, taking over fields that others own.
 * @returns the object as the server has it now.
 * @throws KubeError
 */
export async function apply<T extends KubernetesObject>(
  { kube, paths }: Applier,
  object: T,
  signal?: AbortSignal,
): Promise<T> {
  const { value } = await kube.request<T>('PATCH', await paths.pathOf(object), {
    query: { fieldManager, force: true },
    contentType: 'application/apply-patch+yaml',
    body: object,
    ...(signal ? { signal } : {}),
  });
  return value;
}

/**
 * Creates an object, which costs the API server far less than applying it; one that is there already is applied.
 * @returns the object as the server has it now.
 * @throws KubeError
 */
export async function create<T extends KubernetesObject>(
  applier: Applier,
  object: T,
  signal?: AbortSignal,
): Promise<T> {
  const { kube, paths } = applier;
  try {
    const { value } = await kube.request<T>('POST', await paths.collectionOf(object), {
      query: { fieldManager },
      body: object,
      ...(signal ? { signal } : {}),
    });
    return value;
  } catch (error) {
    if (error instanceof KubeError && error.reason === 'AlreadyExists') return apply(applier, object, signal);
    throw error;
  }
}

/**
 * Applies objects in waves: what others refer to goes first, so that nothing starts, fails and has to start again. Within
 * a wave all go at once.
 * @param options.write `apply`, or `create` where most are not there yet.
 * @param options.onApplied called after each, with how many are done.
 */
export async function applyAll(
  applier: Applier,
  objects: readonly KubernetesObject[],
  {
    write = apply,
    signal,
    onApplied,
  }: { write?: typeof apply; signal?: AbortSignal; onApplied?: (done: number) => void } = {},
): Promise<void> {
  let done = 0;
  for (const wave of [0, 1, 2]) {
    const members = objects.filter((object) => waveOf(object) === wave);
    const written = await Promise.allSettled(
      members.map(async (object) => {
        await write(applier, object, signal);
        onApplied?.(++done);
      }),
    );
    // Told once all of the wave have been answered: nothing goes on behind the back of who cleans up.
    for (const each of written) if (each.status === 'rejected') throw each.reason;
  }
}

const workloads = new Set([
  'Pod',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'ReplicationController',
]);

function waveOf({ kind = '' }: KubernetesObject): 0 | 1 | 2 {
  if (kind === 'Namespace') return 0;
  return workloads.has(kind) ? 2 : 1;
}

/** Deletes an object; that it isn't there is fine. */
export async function remove({ kube, paths }: Applier, object: KubernetesObject, signal?: AbortSignal): Promise<void> {
  try {
    await kube.request('DELETE', await paths.pathOf(object), {
      body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
