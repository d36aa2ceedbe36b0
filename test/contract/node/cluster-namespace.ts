import type { CoreV1Event, KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { expect, inject, vi } from 'vitest';
import { deleteNamespace } from '../../../server/cluster/delete-namespace.ts';
import { apply } from '../../../server/cluster/apply.ts';
import { Kube } from '../../../server/cluster/kube.ts';
import { ResourcePaths } from '../../../server/cluster/resource-paths.ts';
import { openKubectl, type Kubectl } from './kubectl.ts';

export const soon = { timeout: 15_000, interval: 50 };

/** A namespace of a test's own, with what makes pods in it. */
export interface TestNamespace {
  kube: Kube;
  kubectl: Kubectl;
  apply(object: KubernetesObject & Record<string, unknown>): Promise<void>;
  /** Applies a pod of one container that sleeps. */
  start(name: string, container?: object, spec?: object): Promise<void>;
  /** The same, and waits until it is ready. */
  run(name: string, container?: object, spec?: object): Promise<void>;
  get(name: string): Promise<V1Pod>;
  /** What the events of a pod say, as `Reason: message`. */
  events(name: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function openNamespace(name: string): Promise<TestNamespace> {
  const kube = new Kube(inject('kubeconfig'));
  const applier = { kube, paths: new ResourcePaths(kube) };
  await apply(applier, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await apply(applier, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } });
  const kubectl = await openKubectl(inject('kubectl'), inject('kubeconfig'), name);
  const get = async (pod: string) => (await kube.request<V1Pod>('GET', `/api/v1/namespaces/${name}/pods/${pod}`)).value;
  const start = async (pod: string, container: object = {}, spec: object = {}) => {
    await apply(applier, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: pod, namespace: name, labels: { app: pod } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'main', image: 'busybox:1.37', command: ['sleep', 'infinity'], ...container }],
        ...spec,
      },
    } as KubernetesObject);
  };
  return {
    kube,
    kubectl,
    get,
    start,
    async apply(object) {
      const metadata = Object.assign({}, object.metadata, { namespace: name });
      await apply(applier, { ...object, metadata });
    },
    async run(pod, container, spec) {
      await start(pod, container, spec);
      const ready = async () => (await get(pod)).status?.conditions?.find(({ type }) => type === 'Ready')?.status;
      await vi.waitFor(async () => expect(await ready()).toBe('True'), soon);
    },
    async events(pod) {
      const query = { fieldSelector: `involvedObject.name=${pod}` };
      const { value } = await kube.request<{ items: CoreV1Event[] }>('GET', `/api/v1/namespaces/${name}/events`, {
        query,
      });
      return value.items.map(({ reason, message }) => `${reason ?? ''}: ${message ?? ''}`);
    },
    async close() {
      await kubectl.close();
      await deleteNamespace(applier.kube, name);
      await kube.close();
    },
  };
}
