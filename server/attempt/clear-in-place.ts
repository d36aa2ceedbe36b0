import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { KubeError } from '../cluster/kube-error.ts';
import type { Kube } from '../cluster/kube.ts';
import { withLearner } from './account.ts';
import { cleanUp } from './clean-up.ts';
import type { Environment } from './environment.ts';
import { heldIn, holdingsOf, type Held } from './holdings.ts';
import { attemptLabel } from './labels.ts';
import type { Plot } from './set-up.ts';

/**
 * Makes room for an attempt's start without deleting its namespaces, which takes a real cluster many seconds: deletes what
 * is in them but for the guard, puts their labels back, and resolves when all that is gone. It does so as the learner, who
 * can delete all of that and nothing else. Where that is not possible, the namespaces go.
 * @param atStart what the start held, which may stay if it is the same; nothing may where pods' files can have been touched.
 * @returns REST paths of what stays.
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
      await Promise.all(namespaces.map((namespace) => putLabelsBack(learner, namespace, attempt, signal)));
      const held = await holdingsOf(plot, applier.paths, learner, signal);
      const goes = changed(held, atStart);
      await deleteAll(learner, goes, signal);
      return new Set(held.filter((each) => !goes.includes(each)).map(({ path }) => path));
    });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof KubeError || error instanceof Terminating)) throw error;
    await cleanUp(applier, attempt, names, start, signal);
    return new Set();
  }
}

/** Nothing can be made in a namespace that is being deleted. */
class Terminating extends Error {}

/** What `kubectl apply` remembers of the object: it would take away at the next one what that doesn't say. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Takes away labels that were added, and sets those of the start. Other annotations stay: some clusters write their own.
 * @throws Terminating, KubeError
 */
async function putLabelsBack(
  learner: Kube,
  { metadata }: KubernetesObject,
  attempt: string,
  signal: AbortSignal,
): Promise<void> {
  const path = `/api/v1/namespaces/${metadata?.name ?? ''}`;
  const { value } = await learner.request<KubernetesObject>('GET', path, { signal });
  if (value.metadata?.deletionTimestamp) throw new Terminating(path);
  const wanted: Record<string, string> = {
    ...metadata?.labels,
    [attemptLabel]: attempt,
    'kubernetes.io/metadata.name': metadata?.name ?? '',
  };
  const added = Object.keys(value.metadata?.labels ?? {}).filter((key) => !(key in wanted));
  await learner.request('PATCH', path, {
    contentType: 'application/merge-patch+json',
    body: {
      metadata: {
        labels: { ...Object.fromEntries(added.map((key) => [key, null])), ...wanted },
        annotations: { [lastApplied]: null },
      },
    },
    signal,
  });
}

/** All but what is as at the start by itself, and what this has made. */
function changed(held: readonly Held[], atStart: readonly Held[]): Held[] {
  const digests = new Map(atStart.map(({ path, digest }) => [path, digest]));
  const uids = new Set(held.map(({ uid }) => uid));
  const isOwned = ({ owner }: Held) => owner !== undefined && uids.has(owner);
  const stays = withOwned(
    held.filter((each) => !isOwned(each) && digests.get(each.path) === each.digest),
    held,
  );
  return held.filter((each) => !stays.includes(each));
}

/** These, and all that they own, and what that owns. */
function withOwned(owners: readonly Held[], held: readonly Held[]): Held[] {
  const found = [...owners];
  const uids = new Set(owners.map(({ uid }) => uid));
  for (const { uid: owner } of found) {
    const owned = held.filter((each) => each.owner === owner && !uids.has(each.uid));
    for (const each of owned) uids.add(each.uid);
    found.push(...owned);
  }
  return found;
}

/** Deletes objects, owners before what they own, and resolves when all are gone. */
async function deleteAll(learner: Kube, goes: readonly Held[], signal: AbortSignal): Promise<void> {
  const gone = new Set<string>();
  const collections = new Set(goes.filter(({ owner }) => owner !== undefined).map(({ path }) => collectionOf(path)));
  let known = [...goes];
  let left = known;
  for (let wait = 30; left.length > 0; wait = Math.min(wait * 1.5, 250)) {
    for (const wave of waves(left)) {
      const answers = await Promise.all(wave.map((each) => deleteOne(learner, each, signal)));
      wave.filter((_, index) => answers[index]).forEach(({ uid }) => gone.add(uid));
    }
    // A controller may have made one more of what was just deleted.
    const made = (await Promise.all([...collections].map((path) => heldIn(learner, path, signal)))).flat();
    known = withOwned(known, made);
    left = known.filter(({ uid }) => !gone.has(uid));
    if (left.length > 0) await sleep(wait, undefined, { signal });
  }
}

/** What can be deleted at the same time: nothing goes before what would make it again. */
function waves(goes: readonly Held[]): Held[][] {
  const uids = new Set(goes.map(({ uid }) => uid));
  const first = goes.filter(({ owner }) => owner === undefined || !uids.has(owner));
  const rest = goes.filter((each) => !first.includes(each));
  return rest.length === 0 || first.length === 0 ? [[...goes]] : [first, ...waves(rest)];
}

/**
 * Deletes an object by itself, at once: a pod whose end nobody waits for ends while the next one starts.
 * @returns whether it is gone; something may still have to be done first.
 */
async function deleteOne(learner: Kube, { path, uid }: Held, signal: AbortSignal): Promise<boolean> {
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Background',
    preconditions: { uid },
    gracePeriodSeconds: 0,
  };
  try {
    const { value } = await learner.request<{ kind: string }>('DELETE', path, { body, signal });
    return value.kind === 'Status';
  } catch (error) {
    // 409: another of its name is there by now.
    if (error instanceof KubeError && (error.status === 404 || error.status === 409)) return true;
    throw error;
  }
}

function collectionOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
