import { createHash } from 'node:crypto';
import type { KubernetesObject } from '@kubernetes/client-node';
import { find } from '../cluster/find.ts';
import type { Kube } from '../cluster/kube.ts';
import type { ResourcePaths } from '../cluster/resource-paths.ts';
import { learnersKinds } from './guard/learner-role.ts';
import { guardLabel } from './labels.ts';
import type { Plot } from './plot.ts';

/** An object that an attempt holds and its learner can change. */
export interface Held {
  /** REST path. */
  path: string;
  uid: string;
  /** The uid of the controller that made it, and would make it again. */
  owner: string | undefined;
  /** Of all that it says, and of nothing that the cluster says about it; the same for a copy of it. */
  digest: string;
}

/**
 * Looks at all that an attempt holds now, but for what contains its learner.
 * @param learner the learner's own identity: what it can't see, it can't have changed.
 * @throws KubeError
 */
export async function holdingsOf(
  { names, start }: Pick<Plot, 'names' | 'start'>,
  paths: ResourcePaths,
  learner: Kube,
  signal: AbortSignal,
): Promise<Held[]> {
  const namespaces = Object.values(names.namespaces);
  const collections = (await Promise.all(namespaces.map((name) => paths.collectionsIn(name, learnersKinds)))).flat();
  const clusterScoped = start.filter(({ kind, metadata }) => kind !== 'Namespace' && !metadata?.namespace);
  const found = await Promise.all([
    ...collections.map((path) => heldIn(learner, path, signal)),
    ...clusterScoped.map(async (object) => single(learner, await paths.pathOf(object), signal)),
  ]);
  return found.flat();
}

/** What a collection holds, by its REST path. @throws KubeError */
export async function heldIn(kube: Kube, collection: string, signal: AbortSignal): Promise<Held[]> {
  const { value } = await kube.request<{ items: KubernetesObject[] | null }>('GET', collection, { signal });
  return (value.items ?? [])
    .filter(({ metadata }) => metadata?.labels?.[guardLabel] === undefined)
    .map((object) => held(`${collection}/${object.metadata?.name ?? ''}`, object));
}

async function single(kube: Kube, path: string, signal: AbortSignal): Promise<Held[]> {
  const object = await find<KubernetesObject>(kube, path, signal);
  return object ? [held(path, object)] : [];
}

function held(path: string, object: KubernetesObject & { status?: unknown }): Held {
  const { status: _status, metadata = {}, ...content } = object;
  const { name, namespace, labels, annotations, ownerReferences, finalizers } = metadata;
  const said = { ...content, metadata: { name, namespace, labels, annotations, ownerReferences, finalizers } };
  return {
    path,
    uid: metadata.uid ?? '',
    owner: ownerReferences?.find(({ controller }) => controller)?.uid,
    digest: createHash('sha256').update(JSON.stringify(said)).digest('base64'),
  };
}
