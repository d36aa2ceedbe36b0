import type { Picture } from '../../contract/picture.ts';
import type { TrafficSpec } from '../../content/check-schema.ts';
import type { JudgeContext } from '../check.ts';
import { gatherFacts, type Facts } from '../traffic/facts.ts';
import { placesOf, type Place } from '../traffic/places.ts';
import { drawFlows } from './flows.ts';
import { addressNode, workloadNode } from './nodes.ts';

/**
 * The cluster as an attempt stands now, by the facts and the engine that its traffic is judged with.
 * @param specs the lab's traffic checks: they say which flows are needed and which are wrong.
 * @throws as gatherFacts does.
 */
export async function drawPicture(context: JudgeContext, specs: readonly TrafficSpec[]): Promise<Picture> {
  return drawFacts(await gatherFacts(context), specs, context.names.mainNamespace);
}

/** The pure part. */
export function drawFacts(facts: Facts, specs: readonly TrafficSpec[], mainNamespace: string): Picture {
  const all = placesOf(facts, {
    allow: specs.flatMap(({ allow }) => allow),
    deny: specs.flatMap(({ deny }) => deny),
    others: 'ignore',
  });
  const workloads = facts.workloads.flatMap((workload) => {
    const place = all.find(({ role, id }) => role === 'workload' && id === workload.id);
    return place ? [{ workload, place }] : [];
  });
  const addresses = addressPlaces(all);
  const flows = drawFlows(facts, specs, [...workloads.map(({ place }) => place), ...addresses]);
  return {
    namespaces: facts.namespaces.map(({ real, object }) => ({
      name: real,
      main: real === mainNamespace,
      enforce: object.metadata?.labels?.['pod-security.kubernetes.io/enforce'] ?? '',
      policies: facts.policies.filter(({ metadata }) => metadata?.namespace === real).length,
    })),
    nodes: [
      ...workloads.map(({ workload, place }) => workloadNode(workload, place)),
      ...addresses.map(({ id }) => addressNode(id)),
    ],
    flows,
  };
}

/** One for each id: the addresses that stand for a range are drawn as one; odd corners of the internet are left out. */
function addressPlaces(places: readonly Place[]): Place[] {
  const byId = new Map<string, Place>();
  for (const place of places) {
    if (place.role !== 'address' || (place.id === 'internet' && place.name.en !== 'internet')) continue;
    const known = byId.get(place.id);
    const name = { ko: place.id, en: place.id };
    byId.set(place.id, { ...place, name, ends: [...(known?.ends ?? []), ...place.ends] });
  }
  return [...byId.values()];
}
