import type { V1LabelSelector, V1NetworkPolicy, V1NetworkPolicyPeer } from '@kubernetes/client-node';
import fc from 'fast-check';
import type { Flow, FlowEnd, FlowProtocol, NetworkPod } from '../../../server/grader/network/flow.ts';

/** Small worlds, so that policies and flows meet often. */
const key = fc.constantFrom('app', 'tier');
const value = fc.constantFrom('a', 'b', 'c');
const namespace = fc.constantFrom('red', 'green', 'blue');
const protocol = fc.constantFrom<FlowProtocol>('TCP', 'UDP', 'SCTP');
const number = fc.constantFrom(53, 80, 81, 8080);
const portName = fc.constantFrom('http', 'dns');
const labels = fc.dictionary(key, value, { maxKeys: 2 });
const ip = fc.constantFrom('10.0.0.1', '10.0.1.1', '10.1.0.1', '8.8.8.8', 'fd00::1', 'fd00:1::1');
const cidr = fc.constantFrom(
  '10.0.0.0/8',
  '10.0.0.0/16',
  '10.0.1.0/24',
  '8.8.8.8/32',
  '0.0.0.0/0',
  'fd00::/16',
  '::/0',
);

const expression = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.uniqueArray(value, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);

const selector: fc.Arbitrary<V1LabelSelector> = fc.record(
  { matchLabels: fc.dictionary(key, value, { maxKeys: 1 }), matchExpressions: fc.array(expression, { maxLength: 1 }) },
  { requiredKeys: [] },
);

const peer: fc.Arbitrary<V1NetworkPolicyPeer> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ podSelector: selector, namespaceSelector: selector }, { requiredKeys: [] }) },
  {
    weight: 1,
    arbitrary: fc.record({
      ipBlock: fc.record({ cidr, except: fc.array(cidr, { maxLength: 1 }) }, { requiredKeys: ['cidr'] }),
    }),
  },
);

const port = fc.oneof(
  fc.record({ protocol, port: number }, { requiredKeys: [] }),
  fc.record({ protocol, port: portName }, { requiredKeys: ['port'] }),
  fc.record({ protocol, port: fc.constant(53), endPort: fc.constantFrom(53, 80, 100) }),
);

const rule = (side: 'from' | 'to') =>
  fc.record(
    { [side]: fc.array(peer, { maxLength: 2 }), ports: fc.array(port, { maxLength: 2 }) },
    { requiredKeys: [] },
  );

export const ingressRule = rule('from');

export const policies: fc.Arbitrary<V1NetworkPolicy[]> = fc
  .array(
    fc.record({
      metadata: fc.record({ namespace }),
      spec: fc.record(
        {
          podSelector: selector,
          policyTypes: fc.uniqueArray(fc.constantFrom('Ingress', 'Egress'), { maxLength: 2 }),
          ingress: fc.array(ingressRule, { maxLength: 2 }),
          egress: fc.array(rule('to'), { maxLength: 2 }),
        },
        { requiredKeys: ['podSelector'] },
      ),
    }),
    { maxLength: 5 },
  )
  .map((list) =>
    list.map(({ metadata, spec }, index) => ({
      metadata: { ...metadata, name: `p${index}` },
      spec: spec,
    })),
  );

export const namespaces = fc.record({ red: labels, green: labels, blue: labels });

const pod: fc.Arbitrary<NetworkPod> = fc.record({
  namespace,
  name: fc.constantFrom('x', 'y', 'z'),
  labels,
  ips: fc.uniqueArray(ip, { maxLength: 2 }),
  hostNetwork: fc.boolean().map((one) => one),
  nodeName: fc.constantFrom('', 'n1', 'n2'),
  namedPorts: fc.array(fc.record({ name: portName, port: number, protocol }), { maxLength: 2 }),
});

const end: fc.Arbitrary<FlowEnd> = fc.oneof(
  { weight: 8, arbitrary: pod.map((one): FlowEnd => ({ kind: 'pod', pod: { ...one, hostNetwork: false } })) },
  { weight: 1, arbitrary: pod.map((one): FlowEnd => ({ kind: 'pod', pod: one })) },
  { weight: 1, arbitrary: ip.map((address): FlowEnd => ({ kind: 'address', ip: address })) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('node'), name: fc.constantFrom('n1', 'n2'), ips: fc.tuple(ip) }),
  },
);

export const flow: fc.Arbitrary<Flow> = fc.record({ from: end, to: end, port: number, protocol });
