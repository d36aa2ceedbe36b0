import type { KubernetesObject } from '@kubernetes/client-node';
import { discoverGroups, groupVersionPath } from './discovery.ts';
import type { Kube } from './kube.ts';

interface Kind {
  /** `/apis/apps/v1` */
  groupVersion: string;
  /** `deployments` */
  resource: string;
  namespaced: boolean;
}

/** A kind by its plural name, as RBAC names it. */
export interface GroupResource {
  group: string;
  resource: string;
}

/** Finds the REST path of any object, by what the API server's discovery says. */
export class ResourcePaths {
  readonly #kube: Kube;
  #kinds: Promise<ReadonlyMap<string, Kind>> | undefined;

  constructor(kube: Kube) {
    this.#kube = kube;
  }

  /** `/apis/apps/v1/namespaces/production/deployments/api`. Throws when the cluster has no such kind. */
  async pathOf(object: KubernetesObject): Promise<string> {
    return `${await this.collectionOf(object)}/${object.metadata?.name ?? ''}`;
  }

  /** Where objects of its kind are created: `/apis/apps/v1/namespaces/production/deployments`. Throws like `pathOf`. */
  async collectionOf(object: KubernetesObject): Promise<string> {
    const { groupVersion, resource, namespaced } = await this.#kindOf(object);
    const namespace = namespaced ? `/namespaces/${object.metadata?.namespace ?? 'default'}` : '';
    return `${groupVersion}${namespace}/${resource}`;
  }

  /** Where a namespace holds objects of these kinds, each in one version; those that the cluster does not have are left out. */
  async collectionsIn(namespace: string, wanted: readonly GroupResource[]): Promise<string[]> {
    const kinds = [...(await this.#known()).values()];
    return wanted.flatMap(({ group, resource }) => {
      const kind = kinds.find((each) => each.namespaced && each.resource === resource && groupOf(each) === group);
      return kind ? [`${kind.groupVersion}/namespaces/${namespace}/${resource}`] : [];
    });
  }

  async #kindOf({ apiVersion = '', kind = '' }: KubernetesObject): Promise<Kind> {
    const key = `${apiVersion} ${kind}`;
    const known = (await this.#known()).get(key);
    if (known) return known;
    // One that has come meanwhile.
    this.#kinds = undefined;
    const found = (await this.#known()).get(key);
    if (!found) throw new Error(`the cluster has no kind ${kind} in ${apiVersion}`);
    return found;
  }

  #known(): Promise<ReadonlyMap<string, Kind>> {
    if (!this.#kinds) {
      const kinds = this.#discover();
      this.#kinds = kinds;
      kinds.catch(() => (this.#kinds = undefined));
    }
    return this.#kinds;
  }

  async #discover(): Promise<ReadonlyMap<string, Kind>> {
    const kinds = new Map<string, Kind>();
    for (const group of await discoverGroups(this.#kube)) {
      for (const version of group.versions ?? []) {
        const apiVersion = group.metadata?.name ? `${group.metadata.name}/${version.version}` : version.version;
        for (const { resource, responseKind, scope } of version.resources ?? []) {
          const entry = {
            groupVersion: groupVersionPath(group, version),
            resource,
            namespaced: scope === 'Namespaced',
          };
          kinds.set(`${apiVersion} ${responseKind?.kind ?? ''}`, entry);
        }
      }
    }
    return kinds;
  }
}

function groupOf({ groupVersion }: Kind): string {
  return /^\/apis\/([^/]+)\//.exec(groupVersion)?.[1] ?? '';
}
