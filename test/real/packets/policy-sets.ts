import type {
  V1LabelSelector,
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
} from '@kubernetes/client-node';
import fc from 'fast-check';

/** What random policies speak of: few enough words that they meet the pods often. */
export const apps = ['a', 'b', 'c'];
export const tiers = ['front', 'back'];
export const teams = ['a', 'b'];
/** Each pod gives its own number to a name. */
export const tcpPorts = [8080, 8081];
export const closedPort = 9090;
export const portNames = ['http', 'alt', 'dns'];

type Rule = Record<string, V1NetworkPolicyPeer[] | V1NetworkPolicyPort[]>;

const expression = (keys: Record<string, string[]>) =>
  fc.constantFrom(...Object.keys(keys)).chain((key) =>
    fc.oneof(
      fc.record({
        key: fc.constant(key),
        operator: fc.constantFrom('In', 'NotIn'),
        values: fc.uniqueArray(fc.constantFrom(...(keys[key] ?? [])), { minLength: 1, maxLength: 2 }),
      }),
      fc.record({ key: fc.constant(key), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
    ),
  );

function selector(keys: Record<string, string[]>): fc.Arbitrary<V1LabelSelector> {
  const label = fc
    .constantFrom(...Object.keys(keys))
    .chain((key) => fc.constantFrom(...(keys[key] ?? [])).map((value) => ({ [key]: value })));
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant({}) },
    { weight: 3, arbitrary: label.map((matchLabels) => ({ matchLabels })) },
    { weight: 2, arbitrary: expression(keys).map((one) => ({ matchExpressions: [one] })) },
  );
}

const podSelector = selector({ app: apps, tier: tiers });
const namespaceSelector = selector({ team: teams });

function peer(ips: readonly string[]): fc.Arbitrary<V1NetworkPolicyPeer> {
  const address = fc.constantFrom(...ips);
  const range = ips[0]?.replace(/\d+$/, '0/24') ?? '10.0.0.0/8';
  return fc.oneof(
    { weight: 2, arbitrary: fc.record({ podSelector }) },
    { weight: 1, arbitrary: fc.record({ namespaceSelector }) },
    { weight: 2, arbitrary: fc.record({ podSelector, namespaceSelector }) },
    { weight: 1, arbitrary: address.map((ip) => ({ ipBlock: { cidr: `${ip}/32` } })) },
    {
      weight: 1,
      arbitrary: fc.uniqueArray(address, { maxLength: 2 }).map((except) => ({
        ipBlock: { cidr: range, ...(except.length > 0 ? { except: except.map((ip) => `${ip}/32`) } : {}) },
      })),
    },
  );
}

const numbered: fc.Arbitrary<V1NetworkPolicyPort> = fc.oneof(
  fc.record({ port: fc.constantFrom<number | string>(...tcpPorts, closedPort) }),
  fc.constant({ protocol: 'TCP' }),
  fc.constant({ protocol: 'UDP', port: 53 }),
  fc.constant({ protocol: 'UDP' }),
  fc.constantFrom(8080, 8081, 9000).map((endPort) => ({ protocol: 'TCP', port: 8000, endPort })),
);
const named: fc.Arbitrary<V1NetworkPolicyPort> = fc.oneof(
  fc.record({ port: fc.constantFrom<number | string>('http', 'alt') }),
  fc.constant({ protocol: 'UDP', port: 'dns' }),
);

/** The API doesn't say what a port's name means on an address, and networks differ: those two are never put together. */
function rule(side: 'from' | 'to', ips: readonly string[]): fc.Arbitrary<Rule> {
  return fc.array(peer(ips), { maxLength: 2 }).chain((peers) => {
    const hasBlock = peers.some(({ ipBlock }) => ipBlock);
    const port = hasBlock ? numbered : fc.oneof(numbered, named);
    return fc.array(port, { maxLength: 2 }).map((ports) => ({ [side]: peers, ports }));
  });
}

/** Sets of one to five policies over pods with these addresses, the same for the same seed. */
export function policySets(
  namespaces: readonly string[],
  ips: readonly string[],
  options: { numRuns: number; seed: number },
): V1NetworkPolicy[][] {
  const policy = fc.record({
    namespace: fc.constantFrom(...namespaces),
    podSelector,
    policyTypes: fc.uniqueArray(fc.constantFrom('Ingress', 'Egress'), { maxLength: 2 }),
    ingress: fc.array(rule('from', ips), { maxLength: 2 }),
    egress: fc.array(rule('to', ips), { maxLength: 2 }),
  });
  return fc.sample(fc.array(policy, { minLength: 1, maxLength: 5 }), options).map((list) =>
    list.map(({ namespace, ...spec }, index) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `p${index}`, namespace },
      spec,
    })),
  );
}
