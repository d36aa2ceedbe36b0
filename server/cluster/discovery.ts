import { KubeError } from './kube-error.ts';
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
  return new Discovery(kube).groups(signal);
}

/** Discovery for who asks again and again: large answers come only when something has changed. */
export class Discovery {
  readonly #kube: Kube;
  /** By path. */
  readonly #known = new Map<string, { etag: string; groups: DiscoveredGroup[] }>();

  constructor(kube: Kube) {
    this.#kube = kube;
  }

  /** All groups that the API server serves now, with their resources. */
  async groups(signal?: AbortSignal): Promise<DiscoveredGroup[]> {
    return (await Promise.all(['/api', '/apis'].map((path) => this.#ask(path, signal)))).flat();
  }

  async #ask(path: string, signal: AbortSignal | undefined): Promise<DiscoveredGroup[]> {
    const known = this.#known.get(path);
    try {
      const { value, etag } = await this.#kube.request<{ items: DiscoveredGroup[] }>('GET', path, {
        headers: { accept, ...(known ? { 'if-none-match': known.etag } : {}) },
        ...(signal ? { signal } : {}),
      });
      if (etag) this.#known.set(path, { etag, groups: value.items });
      return value.items;
    } catch (error) {
      if (known && error instanceof KubeError && error.status === 304) return known.groups;
      throw error;
    }
  }
}

/** Path of a group version: `/api/v1`, `/apis/apps/v1`. */
export function groupVersionPath({ metadata }: DiscoveredGroup, { version }: DiscoveredVersion): string {
  return metadata?.name ? `/apis/${metadata.name}/${version}` : `/api/${version}`;
}
