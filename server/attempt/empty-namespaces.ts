import { setTimeout as sleep } from 'node:timers/promises';
import { KubeError } from '../cluster/kube-error.ts';
import type { Kube } from '../cluster/kube.ts';
import type { ResourcePaths } from '../cluster/resource-paths.ts';
import { heldIn, holdingsOf, type Held } from './holdings.ts';
import type { Plot } from './plot.ts';

/**
 * Deletes what an attempt holds, and resolves when it is gone.
 * @param learner the learner's own identity: it can delete all that is meant, and nothing else.
 * @param atStart what may stay if it says the same as then.
 * @returns REST paths of what stays.
 * @throws KubeError; the signal's reason when aborted
 */
export async function emptyNamespaces(
  plot: Pick<Plot, 'names' | 'start'>,
  paths: ResourcePaths,
  learner: Kube,
  signal: AbortSignal,
  atStart: readonly Held[] = [],
): Promise<ReadonlySet<string>> {
  const held = await holdingsOf(plot, paths, learner, signal);
  const goes = changed(held, atStart);
  await deleteAll(learner, goes, signal);
  return new Set(held.filter((each) => !goes.includes(each)).map(({ path }) => path));
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
