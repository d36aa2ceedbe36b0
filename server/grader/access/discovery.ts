import { discoverGroups, type DiscoveredGroup } from '../../cluster/discovery.ts';
import type { Kube } from '../../cluster/kube.ts';

/** A resource or subresource that requests can be made for. */
export interface ApiResource {
  group: string;
  /** With its subresource: `deployments/scale`. */
  resource: string;
  namespaced: boolean;
  verbs: readonly string[];
}

/**
 * Verbs and resources that authorization knows and discovery doesn't list.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#request-verb-resource
 */
const unlisted: ApiResource[] = [
  { group: rbac(), resource: 'roles', namespaced: true, verbs: ['escalate', 'bind'] },
  { group: rbac(), resource: 'clusterroles', namespaced: false, verbs: ['escalate', 'bind'] },
  { group: '', resource: 'users', namespaced: false, verbs: ['impersonate'] },
  { group: '', resource: 'groups', namespaced: false, verbs: ['impersonate'] },
  { group: '', resource: 'serviceaccounts', namespaced: true, verbs: ['impersonate'] },
  { group: 'authentication.k8s.io', resource: 'uids', namespaced: false, verbs: ['impersonate'] },
  // Constrained impersonation (Kubernetes 1.36 and later).
  ...['users', 'groups', 'uids'].map((resource) => ({
    group: 'authentication.k8s.io',
    resource,
    namespaced: false,
    verbs: ['impersonate:user-info'],
  })),
  {
    group: 'authentication.k8s.io',
    resource: 'serviceaccounts',
    namespaced: true,
    verbs: ['impersonate:serviceaccount'],
  },
  {
    group: 'authentication.k8s.io',
    resource: 'nodes',
    namespaced: false,
    verbs: ['impersonate:arbitrary-node', 'impersonate:associated-node'],
  },
  { group: 'certificates.k8s.io', resource: 'signers', namespaced: false, verbs: ['approve', 'sign', 'attest'] },
];

function rbac(): string {
  return 'rbac.authorization.k8s.io';
}

/** Everything that can be asked for on this API server. */
export async function discover(kube: Kube, signal: AbortSignal): Promise<ApiResource[]> {
  return mergeDiscovery(await discoverGroups(kube, signal));
}

/** Versions of a group are one: authorization doesn't know them. */
export function mergeDiscovery(groups: readonly DiscoveredGroup[]): ApiResource[] {
  const merged = new Map<string, { entry: ApiResource; verbs: Set<string> }>();
  const add = (entry: ApiResource) => {
    const key = `${entry.group}/${entry.resource}`;
    const known = merged.get(key) ?? { entry, verbs: new Set<string>() };
    for (const verb of entry.verbs) known.verbs.add(verb);
    merged.set(key, known);
  };
  for (const { metadata, versions = [] } of groups) {
    const group = metadata?.name ?? '';
    for (const { resource, scope, verbs = [], subresources = [] } of versions.flatMap((v) => v.resources ?? [])) {
      const namespaced = scope === 'Namespaced';
      add({ group, resource, namespaced, verbs });
      for (const { subresource, verbs: own = [] } of subresources) {
        add({ group, resource: `${resource}/${subresource}`, namespaced, verbs: own });
      }
    }
  }
  for (const entry of unlisted) add(entry);
  return [...merged.values()].map(({ entry, verbs }) => ({ ...entry, verbs: [...verbs] }));
}

/** Asks once and remembers for a while: what an API server knows hardly changes. */
export class Discovery {
  readonly #byServer = new WeakMap<Kube, { at: number; resources: Promise<ApiResource[]> }>();
  readonly #keepMs: number;

  constructor(keepMs = 60_000) {
    this.#keepMs = keepMs;
  }

  get(kube: Kube, signal: AbortSignal): Promise<ApiResource[]> {
    const known = this.#byServer.get(kube);
    if (known && Date.now() - known.at < this.#keepMs) return known.resources;
    const resources = discover(kube, signal);
    this.#byServer.set(kube, { at: Date.now(), resources });
    resources.catch(() => this.#byServer.delete(kube));
    return resources;
  }
}
