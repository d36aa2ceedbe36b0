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

  async #kindOf({ apiVersion = '', kind = '' }: KubernetesObject): Promise<Kind> {
    const key = `${apiVersion} ${kind}`;
    const known = this.#kinds && (await this.#kinds).get(key);
    if (known) return known;
    // The first time, or a kind that has come meanwhile.
    const kinds = this.#discover();
    this.#kinds = kinds;
    kinds.catch(() => (this.#kinds = undefined));
    const found = (await kinds).get(key);
    if (!found) throw new Error(`the cluster has no kind ${kind} in ${apiVersion}`);
    return found;
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
