import { groupVersionPath, type DiscoveredGroup } from '../discovery.ts';

/**
 * Paths of all that namespaces can hold and that can be deleted, `%` in place of a namespace's name; each kind once.
 * @throws Error when an API group can't be asked: what it holds is not known.
 */
export function collectionsIn(groups: readonly DiscoveredGroup[]): string[] {
  const paths = new Map<string, string>();
  for (const group of groups) {
    for (const version of group.versions ?? []) {
      const path = groupVersionPath(group, version);
      if (version.freshness === 'Stale') throw new Error(`${path} does not answer`);
      for (const { resource, scope, verbs = [] } of version.resources ?? []) {
        const kind = `${group.metadata?.name ?? ''}/${resource}`;
        if (scope === 'Namespaced' && verbs.includes('deletecollection') && !paths.has(kind))
          paths.set(kind, `${path}/namespaces/%/${resource}`);
      }
    }
  }
  return [...paths.values()];
}

/** `deployments` of `/apis/apps/v1/namespaces/%/deployments`. */
export function resourceOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
