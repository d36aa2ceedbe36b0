import type { ApiResource } from './discovery.ts';
import { rankOf } from './dangers.ts';
import { allows, ruleAllows, urlMatches, type AccessRequest, type Grant } from './rbac.ts';
import { covers, type WantedRule } from './wanted.ts';

/** What one grant gives beyond what is wanted. */
export interface Excess {
  grant: Grant;
  requests: AccessRequest[];
  /** `get /metrics`: only what is bound for the whole cluster gives these. */
  urls: { verb: string; url: string }[];
}

export interface World {
  discovered: readonly ApiResource[];
  /** What everybody of this kind can do. */
  defaults: readonly Grant[];
  can: readonly WantedRule[];
  /** Where `can` holds. */
  namespace: string;
}

/** The closed world: each verb of each resource that there is, with and without names, minus what is wanted or common. */
export function excessOf(grants: readonly Grant[], world: World): Excess[] {
  return grants
    .map((grant) => ({ grant, requests: requestsBeyond(grant, world), urls: urlsBeyond(grant, world) }))
    .filter(({ requests, urls }) => requests.length > 0 || urls.length > 0);
}

function requestsBeyond(grant: Grant, { discovered, defaults, can, namespace }: World): AccessRequest[] {
  return reachOf(grant, discovered).filter(
    (request) => !covers(can, request, namespace) && !defaults.some((common) => allows(common, request)),
  );
}

/** Every request that a grant allows: without a name where it allows any, else with each of its names. */
export function reachOf({ binding, rule }: Grant, discovered: readonly ApiResource[]): AccessRequest[] {
  const scope = binding.namespace;
  return discovered.flatMap(({ group, resource, namespaced, verbs }) => {
    // A request for the object of a namespace is a request in that namespace.
    const isNamespace = group === '' && /^namespaces(\/|$)/.test(resource);
    if (binding.kind === 'RoleBinding' && !namespaced && !isNamespace) return [];
    const isItself = binding.kind === 'RoleBinding' && isNamespace;
    return verbs.flatMap((verb) => {
      if (isItself && !['get', 'update', 'patch', 'delete'].includes(verb)) return [];
      return namesOf(rule.resourceNames, verb, resource, isItself ? scope : '')
        .map((name) => ({ verb, group, resource, namespace: scope, name }))
        .filter((request) => ruleAllows(rule, request));
    });
  });
}

function namesOf(
  names: readonly string[] | undefined,
  verb: string,
  resource: string,
  only: string,
): readonly string[] {
  if (only !== '') return [only];
  if (!names?.length) return [''];
  // Nothing that is yet to be made has a name for authorization, and a collection never has.
  const nameless = verb === 'deletecollection' || (verb === 'create' && !resource.includes('/'));
  return nameless ? [] : names;
}

function urlsBeyond({ binding, rule }: Grant, { defaults }: World): Excess['urls'] {
  if (binding.kind === 'RoleBinding') return [];
  const common = (verb: string, url: string) =>
    defaults.some(
      (grant) =>
        grant.binding.kind === 'ClusterRoleBinding' &&
        (grant.rule.verbs.includes(verb) || grant.rule.verbs.includes('*')) &&
        (grant.rule.nonResourceURLs ?? []).some((pattern) => urlMatches(pattern, url)),
    );
  return (rule.nonResourceURLs ?? []).flatMap((url) =>
    rule.verbs.filter((verb) => !common(verb, url)).map((verb) => ({ verb, url })),
  );
}

const verbOrder = ['delete', 'deletecollection', 'create', 'update', 'patch', 'get', 'list', 'watch'];

/** The most telling requests: the worst first, and rather one of each resource than all of one. */
export function mostTelling(requests: readonly AccessRequest[], count: number): AccessRequest[] {
  const rank = ({ verb, group, resource }: AccessRequest) => rankOf(verb, group, resource);
  const order = ({ verb }: AccessRequest) => verbOrder.indexOf(verb);
  const unique = new Map(requests.map((each) => [`${each.verb} ${each.group} ${each.resource} ${each.name}`, each]));
  const sorted = [...unique.values()].sort((a, b) => rank(a) - rank(b) || order(a) - order(b));
  const seen = new Set<string>();
  const firsts = sorted.filter(({ group, resource }) => {
    const key = `${group}/${resource}`;
    return !seen.has(key) && seen.add(key);
  });
  return [...firsts, ...sorted.filter((each) => !firsts.includes(each))].slice(0, count);
}

/** A rule that gives everything there is and ever will be. */
export function isEverything({ rule }: Grant): boolean {
  return (
    [rule.verbs, rule.apiGroups, rule.resources].every((list) => list?.includes('*')) && !rule.resourceNames?.length
  );
}
