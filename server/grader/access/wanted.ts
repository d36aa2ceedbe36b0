import type { AccessRule } from '../../content/check-schema.ts';
import type { ApiResource } from './discovery.ts';
import type { AccessRequest } from './rbac.ts';
import { formatResource, parseResource, sameResource, type ResourceName } from './resource-names.ts';

/** A rule of a check, resolved by what the API server has. */
export interface WantedRule {
  verbs: readonly string[];
  resources: readonly (ResourceName & { namespaced: boolean })[];
  /** Null for any. */
  names: readonly string[] | null;
}

export function resolveRule({ verbs, resources, names }: AccessRule, discovered: readonly ApiResource[]): WantedRule {
  return {
    verbs,
    resources: resources.map((text) => {
      const name = parseResource(text, discovered);
      const known = discovered.find((each) => each.group === name.group && each.resource === name.resource);
      return { ...name, namespaced: known?.namespaced ?? true };
    }),
    names: names ?? null,
  };
}

/** Every verb with every resource (and name) of a rule, as requests in a namespace. */
export function requestsOf({ verbs, resources, names }: WantedRule, namespace: string): AccessRequest[] {
  return resources.flatMap(({ group, resource, namespaced }) =>
    verbs.flatMap((verb) =>
      (names ?? ['']).map((name) => ({ verb, group, resource, namespace: namespaced ? namespace : '', name })),
    ),
  );
}

/** Whether a request is among what rules ask for. A rule without names speaks of any name. */
export function covers(rules: readonly WantedRule[], request: AccessRequest, namespace: string): boolean {
  return rules.some(
    ({ verbs, resources, names }) =>
      (verbs.includes(request.verb) || verbs.includes('*')) &&
      (names === null || names.includes(request.name)) &&
      resources.some(
        (resource) =>
          request.namespace === (resource.namespaced ? namespace : '') &&
          (resource.resource === '*' || sameResource(resource, request)),
      ),
  );
}

/** `get/list/watch pods, get pods/log` */
export function describeRules(rules: readonly WantedRule[], discovered: readonly ApiResource[]): string {
  return rules
    .flatMap(({ verbs, resources, names }) =>
      resources.map((resource) => {
        const named = names ? ` (${names.join(', ')})` : '';
        return `${verbs.join('/')} ${formatResource(resource, discovered)}${named}`;
      }),
    )
    .join(', ');
}
