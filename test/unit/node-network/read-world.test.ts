import type { V1EndpointSlice, V1Namespace, V1Node, V1Pod, V1Service } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { readWorld } from '../../../server/cluster/existing/node-network/read-world.ts';
import type { Mirror } from '../../../server/cluster/mirror.ts';

interface Objects {
  Namespace?: V1Namespace[];
  Pod?: V1Pod[];
  Service?: V1Service[];
  EndpointSlice?: V1EndpointSlice[];
  Node?: V1Node[];
}

/** What a mirror of these objects answers. */
function mirrorOf(objects: Objects): Pick<Mirror, 'get' | 'list'> {
  const list = (kind: string, namespace?: string) =>
    ((objects as Record<string, { metadata?: { namespace?: string; name?: string } }[]>)[kind] ?? []).filter(
      ({ metadata }) => namespace === undefined || metadata?.namespace === namespace,
    );
  return {
    list,
    get: (kind: string, name: string, namespace?: string) =>
      list(kind, namespace).find(({ metadata }) => metadata?.name === name),
  } as Pick<Mirror, 'get' | 'list'>;
}

const read = (objects: Objects) => readWorld(mirrorOf(objects), mirrorOf(objects));
const lab = (name: string, attempt: string): V1Namespace => ({
  metadata: { name, labels: { 'haechi.dev/attempt': attempt } },
});
const pod = (path: string, ip: string, more: Partial<V1Pod> = {}): V1Pod => {
  const [namespace = '', name = ''] = path.split('/');
  return { metadata: { namespace, name }, status: { podIP: ip, podIPs: [{ ip }], phase: 'Running' }, ...more };
};

test('pods of an attempt’s namespaces are together; others are not held', () => {
  const { groups, otherPods } = read({
    Namespace: [
      lab('production', 'x'),
      lab('staging', 'x'),
      lab('production-b', 'y'),
      { metadata: { name: 'default' } },
    ],
    Pod: [
      pod('production/web', '10.0.0.1'),
      pod('staging/web', '10.0.0.2'),
      pod('production-b/web', '10.0.0.3'),
      pod('default/web', '10.0.0.4'),
    ],
  });
  expect(groups).toEqual(
    new Map([
      ['attempt x', ['10.0.0.1', '10.0.0.2']],
      ['attempt y', ['10.0.0.3']],
    ]),
  );
  expect(otherPods).toEqual(['10.0.0.4']);
});

test('the pod of an attempt’s terminals is with the attempt’s own pods', () => {
  const workbench = (attempt: string, ip: string): V1Pod => {
    const metadata = { namespace: 'haechi-learners', name: ip, labels: { 'haechi.dev/attempt': attempt } };
    return pod('', ip, { metadata });
  };
  const { groups } = read({
    Namespace: [lab('production', 'x'), { metadata: { name: 'haechi-learners' } }],
    Pod: [pod('production/web', '10.0.0.1'), workbench('x', '10.0.0.2'), workbench('y', '10.0.0.3')],
  });
  expect([...groups.values()]).toEqual([['10.0.0.1', '10.0.0.2'], ['10.0.0.3']]);
});

test('a label makes no pod one of an attempt, where learners can make pods', () => {
  const { groups } = read({
    Namespace: [lab('production', 'x'), lab('production-b', 'y')],
    Pod: [
      pod('', '10.0.0.1', { metadata: { namespace: 'production', labels: { 'haechi.dev/attempt': 'y' } } }),
      pod('production-b/web', '10.0.0.2'),
    ],
  });
  expect(groups.get('attempt y')).toEqual(['10.0.0.2']);
});

test('a pod on its node’s network, and one that has ended, have no address of their own', () => {
  const spec = { hostNetwork: true, containers: [] };
  const { groups, otherPods } = read({
    Namespace: [lab('production', 'x')],
    Pod: [
      pod('production/agent', '10.99.0.1', { spec }),
      pod('kube-system/proxy', '10.99.0.1', { spec }),
      pod('production/done', '10.0.0.1', { status: { podIP: '10.0.0.1', phase: 'Succeeded' } }),
      pod('production/failed', '10.0.0.2', { status: { podIP: '10.0.0.2', phase: 'Failed' } }),
    ],
  });
  expect([...groups.values()].flat()).toEqual([]);
  expect(otherPods).toEqual([]);
});

test('both addresses of a pod count; one that has none yet has none', () => {
  const { groups } = read({
    Namespace: [lab('production', 'x')],
    Pod: [
      pod('production/two', '', { status: { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] } }),
      pod('production/older', '', { status: { podIP: '10.0.0.2' } }),
      pod('production/new', '', { status: { phase: 'Pending' } }),
    ],
  });
  expect(groups.get('attempt x')).toEqual(['10.0.0.1', 'fd00::1', '10.0.0.2']);
});

test('nodes have addresses and ranges; a host name is no address', () => {
  const { nodes, podRanges } = read({
    Node: [
      {
        spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24', 'fd00:10::/64'] },
        status: {
          addresses: [
            { type: 'InternalIP', address: '10.99.0.1' },
            { type: 'ExternalIP', address: '198.51.100.1' },
            { type: 'Hostname', address: 'node1' },
          ],
        },
      },
      { status: { addresses: [{ type: 'InternalIP', address: '10.99.0.2' }] } },
    ],
  });
  expect(nodes).toEqual(['10.99.0.1', '198.51.100.1', '10.99.0.2']);
  expect(podRanges).toEqual(['10.244.0.0/24', 'fd00:10::/64']);
});

const slice = (
  namespace: string,
  service: string,
  addresses: string[],
  ports: V1EndpointSlice['ports'],
): V1EndpointSlice => ({
  addressType: 'IPv4',
  metadata: { name: `${service}-1`, namespace, labels: { 'kubernetes.io/service-name': service } },
  endpoints: [{ addresses }],
  ports: ports ?? [],
});
const dnsService: V1Service = {
  metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
  spec: {
    clusterIPs: ['10.96.0.10'],
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      { name: 'metrics', port: 9153, protocol: 'TCP' },
    ],
  },
};
const dnsSlice = slice(
  'kube-system',
  'kube-dns',
  ['10.0.0.53'],
  [
    { name: 'dns', port: 5353, protocol: 'UDP' },
    { name: 'dns-tcp', port: 5353, protocol: 'TCP' },
    { name: 'metrics', port: 9153, protocol: 'TCP' },
  ],
);

test('open are cluster DNS where its port 53 leads, and the API server', () => {
  const { open } = read({
    Service: [dnsService, { metadata: { name: 'other', namespace: 'kube-system' }, spec: { ports: [{ port: 53 }] } }],
    EndpointSlice: [
      dnsSlice,
      slice('kube-system', 'other', ['10.0.0.54'], [{ port: 53, protocol: 'UDP' }]),
      slice('default', 'kubernetes', ['10.99.0.1'], [{ name: 'https', port: 6443, protocol: 'TCP' }]),
      slice('default', 'shop', ['10.0.0.9'], [{ port: 80, protocol: 'TCP' }]),
      // A learner’s, with a name that means something elsewhere.
      slice('production', 'kubernetes', ['10.0.0.10'], [{ name: 'https', port: 443, protocol: 'TCP' }]),
    ],
  });
  expect(open).toEqual([
    { address: '10.0.0.53', port: 5353, protocol: 'UDP' },
    { address: '10.0.0.53', port: 5353, protocol: 'TCP' },
    { address: '10.99.0.1', port: 6443, protocol: 'TCP' },
  ]);
});

test('where nodes have a DNS cache it is open, at its own address and at the Service’s', () => {
  const cache: V1Pod = {
    metadata: { name: 'node-local-dns-x', namespace: 'kube-system', labels: { 'k8s-app': 'node-local-dns' } },
  };
  const { open } = read({ Service: [dnsService], EndpointSlice: [dnsSlice], Pod: [cache] });
  expect(open.slice(0, 4)).toEqual([
    { address: '169.254.20.10', port: 53, protocol: 'UDP' },
    { address: '169.254.20.10', port: 53, protocol: 'TCP' },
    { address: '10.96.0.10', port: 53, protocol: 'UDP' },
    { address: '10.96.0.10', port: 53, protocol: 'TCP' },
  ]);
});
