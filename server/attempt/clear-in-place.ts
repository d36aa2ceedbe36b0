import type { KubernetesObject } from '@kubernetes/client-node';
import type { Applier } from '../cluster/apply.ts';
import { KubeError } from '../cluster/kube-error.ts';
import type { Kube } from '../cluster/kube.ts';
import { withLearner } from './account.ts';
import { cleanUp } from './clean-up.ts';
import type { Environment } from './environment.ts';
import { emptyNamespaces } from './empty-namespaces.ts';
import type { Held } from './holdings.ts';
import { attemptLabel } from './labels.ts';
import type { Plot } from './plot.ts';

/**
 * Makes room for an attempt's start without deleting its namespaces, which takes a real cluster many seconds: deletes what
 * is in them but for the guard, puts them back as they were, and resolves when all that is gone. It does so as the learner, who
 * can delete all of that and nothing else; then events go, which learners can't delete. Where that is not possible, the namespaces go.
 * @param atStart what the start held, which may stay if it is the same; nothing may where pods' files can have been touched.
 * @returns REST paths of what stays as the start wants it: the namespaces always do, but for where they had to go.
 * @throws KubeError; the signal's reason when aborted
 */
export async function clearInPlace(
  plot: Plot,
  { applier }: Pick<Environment, 'applier'>,
  signal: AbortSignal,
  atStart: readonly Held[] = [],
): Promise<ReadonlySet<string>> {
  const { attempt, names, start } = plot;
  try {
    return await withLearner(plot, applier, async (learner) => {
      const namespaces = start.filter(({ kind }) => kind === 'Namespace');
      const asLearner = { kube: learner, paths: applier.paths };
      const kept = await Promise.all(namespaces.map((each) => putBack(asLearner, each, attempt, signal)));
      const stays = await emptyNamespaces(plot, applier.paths, learner, signal, atStart);
      await Promise.all(Object.values(names.namespaces).map((name) => removeEvents(applier.kube, name, signal)));
      return new Set([...kept, ...stays]);
    });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof KubeError || error instanceof Terminating)) throw error;
    await cleanUp(applier, attempt, names, start, signal);
    return new Set();
  }
}

/** They tell of what is gone. What tells of its end may still come. */
async function removeEvents(kube: Kube, namespace: string, signal: AbortSignal): Promise<void> {
  await kube.request('DELETE', `/api/v1/namespaces/${namespace}/events`, { signal });
}

/** Nothing can be made in a namespace that is being deleted. */
class Terminating extends Error {}

/** What `kubectl apply` remembers of the object: it would take away at the next one what that doesn't say. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Takes away a namespace's labels that were added, and sets labels and annotations of the start. Other annotations stay: some
 * clusters write their own.
 * @returns its REST path.
 * @throws Terminating, KubeError
 */
async function putBack(
  { kube, paths }: Applier,
  namespace: KubernetesObject,
  attempt: string,
  signal: AbortSignal,
): Promise<string> {
  const path = await paths.pathOf(namespace);
  const { metadata } = namespace;
  const { value } = await kube.request<KubernetesObject>('GET', path, { signal });
  if (value.metadata?.deletionTimestamp) throw new Terminating(path);
  const wanted: Record<string, string> = {
    ...metadata?.labels,
    [attemptLabel]: attempt,
    'kubernetes.io/metadata.name': metadata?.name ?? '',
  };
  const added = Object.keys(value.metadata?.labels ?? {}).filter((key) => !(key in wanted));
  await kube.request('PATCH', path, {
    contentType: 'application/merge-patch+json',
    body: {
      metadata: {
        labels: { ...Object.fromEntries(added.map((key) => [key, null])), ...wanted },
        annotations: { ...metadata?.annotations, [lastApplied]: null },
      },
    },
    signal,
  });
  return path;
}
