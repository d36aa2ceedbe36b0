import type { ApiResource } from './discovery.ts';

/** A resource by its group, with its subresource. */
export interface ResourceName {
  group: string;
  resource: string;
}

/**
 * Reads a resource as kubectl writes it: `pods`, `pods/log`, `deployments.apps/scale`. Without a group it is the core's,
 * else of the first group that has one of that name.
 */
export function parseResource(text: string, discovered: readonly ApiResource[]): ResourceName {
  const [main = '', subresource] = text.split('/');
  const dot = main.indexOf('.');
  const plain = dot < 0 ? main : main.slice(0, dot);
  const resource = subresource === undefined ? plain : `${plain}/${subresource}`;
  if (dot >= 0) return { group: main.slice(dot + 1), resource };
  if (plain === '*') return { group: '*', resource };
  const groups = discovered.filter((each) => each.resource === plain).map(({ group }) => group);
  return { group: groups.includes('') ? '' : (groups[0] ?? ''), resource };
}

/** As a role's rules write it: `deployments/scale`; with its group where another group has one of that name too. */
export function formatResource({ group, resource }: ResourceName, discovered: readonly ApiResource[]): string {
  const [main = '', subresource] = resource.split('/');
  const others = discovered.some((each) => each.resource === main && each.group !== group);
  const name = others && group !== '' ? `${main}.${group}` : main;
  return subresource === undefined ? name : `${name}/${subresource}`;
}

/** Events have two groups and are the same objects in both. */
export function sameResource(a: ResourceName, b: ResourceName): boolean {
  if (a.resource !== b.resource) return false;
  return a.group === b.group || (a.resource === 'events' && isEventGroup(a.group) && isEventGroup(b.group));
}

function isEventGroup(group: string): boolean {
  return group === '' || group === 'events.k8s.io';
}
