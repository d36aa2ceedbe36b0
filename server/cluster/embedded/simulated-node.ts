import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import { loadImageCatalogue } from '../../content/image-catalogue.ts';
import type { Log } from '../../log.ts';
import { applyAll, type Applier } from '../apply.ts';
import type { GetFromPod } from '../cluster.ts';
import { Mirror } from '../mirror.ts';
import { NamespaceController } from './namespace-controller.ts';
import { storageClass } from './node/storage/storage-class.ts';
import { joinMirrors, nodeKinds } from './node/node-mirror.ts';
import { startNode, type NodeOptions } from './node/node.ts';
import { SimulatedRuntime } from './node/runtime/runtime.ts';
import { VolumeStore } from './node/runtime/volume-store.ts';

const images = join(import.meta.dirname, '..', '..', '..', 'scenarios', 'images.yaml');

/** The cluster's DNS, where every cluster has it: Service kube-dns, and a pod that answers. */
const dns: (KubernetesObject & { spec: object })[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
    spec: {
      clusterIP: '10.96.0.10',
      selector: { 'k8s-app': 'kube-dns' },
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      ],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'coredns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      template: {
        metadata: { labels: { 'k8s-app': 'kube-dns' } },
        spec: {
          automountServiceAccountToken: false,
          containers: [
            {
              name: 'coredns',
              image: 'registry.k8s.io/coredns/coredns:v1.12.1',
              ports: [
                { name: 'dns', containerPort: 53, protocol: 'UDP' },
                { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
              ],
            },
          ],
        },
      },
    },
  },
];

/** Starts the simulated node with its runtime, what empties namespaces, the cluster's DNS and its storage class. `stop` undoes it in reverse order. */
export async function openSimulatedNode(options: {
  /** With the administrator's connection. */
  applier: Applier;
  certificates: NodeOptions['certificates'];
  version: string;
  /** Where PersistentVolumes are kept. */
  storageFolder: string;
  log: Log;
}): Promise<{
  mirror: Mirror;
  getFromPod: GetFromPod;
  holdEvents: (held: boolean) => void;
  stop: () => Promise<void>;
}> {
  const { applier, log } = options;
  const { kube } = applier;
  const catalogue = await loadImageCatalogue(images);
  const mirror = new Mirror(kube, log);
  const own = new Mirror(kube, log, nodeKinds);
  await Promise.all([mirror.start(), own.start()]);
  const namespaces = new NamespaceController({ kube, mirror, log });
  const server = new URL(kube.connection.cluster.server);
  const storage = await VolumeStore.open({
    folder: options.storageFolder,
    log,
    exists: (name) => own.get('PersistentVolume', name) !== undefined,
  });
  const runtime = new SimulatedRuntime(catalogue, mirror, storage, {
    host: server.hostname,
    port: Number(server.port),
  });
  const node = await startNode({ ...options, kube, mirror: joinMirrors(mirror, own), runtime, address: '127.0.0.1' });
  await applyAll(applier, [...dns, storageClass]);
  return {
    mirror,
    getFromPod: runtime.getFromPod,
    holdEvents: (held) => node.holdEvents(held),
    async stop() {
      await node.stop();
      await runtime.stop();
      await namespaces.stop();
      await own.stop();
      await mirror.stop();
    },
  };
}
