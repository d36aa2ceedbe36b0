import type { KubernetesObject, V1APIResourceList } from '@kubernetes/client-node';
import type { Kube } from './kube.ts';

/** Finds the REST path of any object, by what the API server's discovery says. Asks once per group version. */
export class ResourcePaths {
  readonly #kube: Kube;
  readonly #groups = new Map<string, Promise<V1APIResourceList>>();

  constructor(kube: Kube) {
    this.#kube = kube;
  }

  /** `/apis/apps/v1/namespaces/production/deployments/api`. Throws when the cluster has no such kind. */
  async pathOf(object: KubernetesObject): Promise<string> {
    const { apiVersion = '', kind = '' } = object;
    const list = await this.#resources(apiVersion);
    const resource = list.resources.find((each) => each.kind === kind && !each.name.includes('/'));
    if (!resource) throw new Error(`the cluster has no kind ${kind} in ${apiVersion}`);
    const namespace = resource.namespaced ? `/namespaces/${object.metadata?.namespace ?? 'default'}` : '';
    return `${groupPath(apiVersion)}${namespace}/${resource.name}/${object.metadata?.name ?? ''}`;
  }

  #resources(apiVersion: string): Promise<V1APIResourceList> {
    const known = this.#groups.get(apiVersion);
    if (known) return known;
    const asked = this.#kube.request<V1APIResourceList>('GET', groupPath(apiVersion)).then(({ value }) => value);
    this.#groups.set(apiVersion, asked);
    asked.catch(() => this.#groups.delete(apiVersion));
    return asked;
  }
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
