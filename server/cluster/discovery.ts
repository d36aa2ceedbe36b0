import type { Kube } from './kube.ts';

/** The aggregated form of discovery: everything in two requests (Kubernetes 1.30 and later). */
export interface DiscoveredGroup {
  /** The core group has no name. */
  metadata?: { name?: string };
  /** The preferred version comes first. */
  versions?: DiscoveredVersion[];
}

export interface DiscoveredVersion {
  version: string;
  resources?: DiscoveredResource[];
  /** `Stale` when the API server could not ask whoever serves it (an aggregated API that is down). */
  freshness?: 'Current' | 'Stale';
}

export interface DiscoveredResource {
  /** Plural, as in a path. */
  resource: string;
  responseKind?: { kind?: string };
  scope: 'Namespaced' | 'Cluster';
  verbs?: string[];
  subresources?: { subresource: string; verbs?: string[] }[];
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** All groups that this API server serves, with their resources. */
export async function discoverGroups(kube: Kube, signal?: AbortSignal): Promise<DiscoveredGroup[]> {
  const lists = await Promise.all(
    ['/api', '/apis'].map((path) =>
      kube.request<{ items: DiscoveredGroup[] }>('GET', path, { headers: { accept }, ...(signal ? { signal } : {}) }),
    ),
  );
  return lists.flatMap(({ value }) => value.items);
}

/** Path of a group version: `/api/v1`, `/apis/apps/v1`. */
export function groupVersionPath({ metadata }: DiscoveredGroup, { version }: DiscoveredVersion): string {
  return metadata?.name ? `/apis/${metadata.name}/${version}` : `/api/${version}`;
}
