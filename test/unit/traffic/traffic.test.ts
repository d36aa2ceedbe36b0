import { describe, expect, test } from 'vitest';
import { deployment, factsOf, linesOf, names, type Piece } from './build.ts';
import { fix, parts, shop, tiers } from './shop.ts';

const dnsAdvice = 'Where egress is restricted, names resolve only if DNS (port 53, UDP and TCP) is let out too.';
const everyDns = 'production/api → dns, production/db → dns, production/debug → dns, production/frontend → dns';

interface Row {
  name: string;
  policies: string;
  pieces?: Piece[];
  learner?: Piece[];
  /** where | found | why */
  says: string[];
}

const rows: Row[] = [
  {
    name: 'the untouched start',
    policies: '',
    says: [
      ' | Open: production/api → production/frontend:8080 (and other ports), production/api → staging/web:80 (and other ports), production/db → production/api:8080 (and other ports), production/db → production/frontend:8080 (and other ports) and 107 more | No policy restricts ingress of production/frontend, staging/web, production/api, production/db and 3 more.',
      ' | Open: production/api → internet:443 (and other ports), production/api → metadata:80 (and other ports), production/db → internet:443 (and other ports), production/db → metadata:80 (and other ports) and 60 more | No policy restricts egress of production/api, production/db, production/debug, production/frontend and 3 more.',
    ],
  },
  { name: 'the right fix', policies: fix(), says: [] },
  {
    name: 'default-deny: ingress only',
    policies: fix({ deny: 'name: default-deny\nspec: {podSelector: {}}', dns: '', frontendOut: '', apiOut: '' }),
    says: [
      ' | Open: production/api → internet:443 (and other ports), production/api → metadata:80 (and other ports), production/db → internet:443 (and other ports), production/db → metadata:80 (and other ports) and 26 more | No policy restricts egress of production/api, production/db, production/debug, production/frontend and 1 more.',
    ],
  },
  {
    name: 'default-deny: deny-all without DNS',
    policies: fix({ dns: '' }),
    says: [`NetworkPolicy/default-deny | Blocked: ${everyDns} | default-deny lets nothing out. ${dnsAdvice}`],
  },
  {
    name: 'default-deny: a policy that selects one app',
    policies: fix({
      deny: 'name: default-deny\nspec: {podSelector: {matchLabels: {app: frontend}}, policyTypes: [Ingress, Egress]}',
    }),
    says: [
      ' | Open: internet → production/debug:8080 (and other ports), metadata → production/debug:8080 (and other ports), a pod labelled like production/api in default → production/debug:8080 (and other ports), a pod labelled like production/db in default → production/debug:8080 (and other ports) and 5 more | No policy restricts ingress of production/debug, a pod without labels in production.',
    ],
  },
  {
    name: 'default-deny: an allow-all beside the deny',
    policies: fix({
      all: '\nname: allow-all\nspec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}]}',
    }),
    says: [
      'NetworkPolicy/allow-all ingress[0] | Open: production/api → production/frontend:8080 (and other ports), production/db → production/api:8080 (and other ports), production/db → production/frontend:8080 (and other ports), production/debug → production/api:8080 (and other ports) and 54 more | allow-all lets in from anywhere on every port.',
      'NetworkPolicy/allow-all egress[0] | Open: production/api → internet:443 (and other ports), production/api → metadata:80 (and other ports), production/db → internet:443 (and other ports), production/db → metadata:80 (and other ports) and 30 more | allow-all lets out to anywhere on every port.',
    ],
  },
  {
    name: 'three-tier: OR instead of AND',
    policies: fix({
      dbIn: parts.dbIn.replace(
        '[{podSelector: {matchLabels: {app: api}}}]',
        '[{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: production}}}, {podSelector: {matchLabels: {app: api}}}]',
      ),
      out: '\nname: out\nspec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}',
    }),
    says: [
      'NetworkPolicy/db-in ingress[0] | Open: production/debug → production/db:5432, production/frontend → production/db:5432, production/db → production/db:5432 (pod to pod), a pod without labels in production → production/db:5432 and 1 more | db-in lets in from every pod in namespaces with kubernetes.io/metadata.name=production on 5432/TCP. Its namespaceSelector and podSelector are two peers, so either is enough; to need both, write them as one peer.',
    ],
  },
  {
    name: 'three-tier: port left open',
    policies: fix({
      dbIn: parts.dbIn.replace(', ports: [{port: 5432}]', ''),
      apiOut: parts.apiOut.replace(', ports: [{port: 5432}]', ''),
    }),
    says: [
      'NetworkPolicy/db-in ingress[0] | Open: production/api → production/db:8080 (and other ports) | db-in lets in from pods with app=api in production on every port.',
    ],
  },
  {
    name: 'three-tier: the database is reachable from the namespace',
    policies: fix({
      dbIn: parts.dbIn.replace('{matchLabels: {app: api}}', '{}'),
      out: '\nname: out\nspec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}]}',
    }),
    says: [
      'NetworkPolicy/db-in ingress[0] | Open: production/debug → production/db:5432, production/frontend → production/db:5432, production/db → production/db:5432 (pod to pod), a pod without labels in production → production/db:5432 and 1 more | db-in lets in from every pod in production on 5432/TCP.',
    ],
  },
  {
    name: "three-tier: the label put on the attacker's workload",
    policies: fix(),
    pieces: shop({ debug: deployment('production/debug', { labels: { app: 'api' } }) }),
    says: [
      'NetworkPolicy/db-in ingress[0] | Open: production/debug → production/db:5432 | db-in lets in from pods with app=api in production on 5432/TCP.',
      'NetworkPolicy/api-in ingress[0] | Open: production/frontend → production/debug:8080 | api-in lets in from pods with app=frontend in production on 8080/TCP.',
    ],
  },
  {
    name: 'a label that pods of any namespace can carry',
    policies: fix({ dbIn: parts.dbIn.replace('{podSelector', '{namespaceSelector: {}, podSelector') }),
    says: [
      'NetworkPolicy/db-in ingress[0] | Open: a pod labelled like production/api in default → production/db:5432 | db-in lets in from pods with app=api in any namespace on 5432/TCP.',
    ],
  },
  {
    name: 'a namespace label that nothing sets',
    policies: fix({ dns: parts.dns.replace('kubernetes.io/metadata.name: kube-system', 'name: kube-system') }),
    says: [
      `NetworkPolicy/dns egress[0] | Blocked: ${everyDns} | dns looks for namespaces with name=kube-system, and no namespace carries it; kubernetes.io/metadata.name is always there. ${dnsAdvice}`,
    ],
  },
  {
    name: 'DNS over TCP only',
    policies: fix({ dns: parts.dns.replace('{port: 53, protocol: UDP}, ', '') }),
    says: [
      'NetworkPolicy/dns egress[0] | Blocked: production/api → dns:53/UDP, production/db → dns:53/UDP, production/debug → dns:53/UDP, production/frontend → dns:53/UDP | dns opens 53/TCP, not 53/UDP; a port without protocol is TCP.',
    ],
  },
  {
    name: 'a range of ports that is a little too long',
    policies: fix({
      dbIn: parts.dbIn.replace('{port: 5432}', '{port: 5432, endPort: 5440}'),
      apiOut: parts.apiOut.replace('{port: 5432}', '{port: 5430, endPort: 5500}'),
    }),
    says: [
      'NetworkPolicy/db-in ingress[0] | Open: production/api → production/db:5433 | db-in lets in from pods with app=api in production on 5432-5440/TCP.',
    ],
  },
  {
    name: 'an address range beyond what any sample would find',
    policies: fix({
      hole: '\nname: hole\nspec: {podSelector: {matchLabels: {app: api}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 93.184.216.34/32}}], ports: [{port: 4444}]}]}',
    }),
    says: [
      'NetworkPolicy/hole egress[0] | Open: production/api → internet (93.184.216.34):4444 | hole lets out to 93.184.216.34/32 on 4444/TCP.',
    ],
  },
  {
    name: 'the host network',
    policies: fix(),
    pieces: shop({ debug: deployment('production/debug', { spec: { hostNetwork: true } }) }),
    says: [
      'Deployment/debug | Open: production/debug → production/api:8080 (and other ports), production/debug → production/db:5432 (and other ports), production/debug → production/frontend:8080 (and other ports), production/debug → staging/web:80 (and other ports) and 19 more | production/debug is on the host network (hostNetwork: true), where NetworkPolicies have no hold on it.',
    ],
  },
  {
    name: "a learner's own pod that opens nothing",
    policies: fix(),
    learner: [deployment('production/tool', { labels: { app: 'tool' } })],
    says: [],
  },
  {
    name: 'a workload that is gone',
    policies: fix(),
    pieces: shop().map((piece) =>
      piece.start.metadata?.name === 'db' ? { ...piece, pods: [], controllers: [] } : piece,
    ),
    says: ['Deployment/db | Deployment/db is gone. | '],
  },
  {
    name: 'a workload without pods is judged by its template',
    policies: fix({ dbIn: '' }),
    pieces: shop().map((piece) => (piece.start.metadata?.name === 'db' ? { ...piece, pods: [] } : piece)),
    says: ['NetworkPolicy/default-deny | Blocked: production/api → production/db:5432 | default-deny lets nothing in.'],
  },
];

test.for(rows)('$name', ({ policies, pieces, learner, says }) => {
  expect(linesOf(factsOf(pieces ?? shop(), policies, { learner }), tiers)).toEqual(says);
});

describe('pods of one workload', () => {
  /** The second replica of api under other labels. */
  function relabelled(labels: Record<string, string>): Piece[] {
    const pieces = shop();
    const pod = pieces[1]?.pods[1];
    if (pod?.metadata) pod.metadata.labels = labels;
    return pieces;
  }
  test('that differ in what no policy asks for agree', () => {
    expect(linesOf(factsOf(relabelled({ app: 'api', canary: 'yes' }), fix()), tiers)).toEqual([]);
  });
  test('that disagree are named', () => {
    expect(linesOf(factsOf(relabelled({ app: 'other' }), fix()), tiers)).toEqual([
      'NetworkPolicy/default-deny | Blocked: production/api → production/db:5432 (api-rs-1) | default-deny lets nothing out. db-in lets in from pods with app=api in production; production/api has app=other.',
      'NetworkPolicy/frontend-out egress[0] | Blocked: production/frontend → production/api:8080 (api-rs-1) | frontend-out lets out to pods with app=api in production; production/api has app=other. default-deny lets nothing in.',
    ]);
  });
});

describe('addresses', () => {
  const pay = {
    allow: [{ from: 'production/api', to: '203.0.113.0/24', port: 443 }],
    deny: [{ from: 'production/api', to: '203.0.113.66', port: 443 }],
    others: 'deny',
  };
  const out = (block: string) =>
    fix({
      dns: '',
      frontendOut: '',
      apiIn: '',
      dbIn: '',
      apiOut: `\nname: pay\nspec: {podSelector: {matchLabels: {app: api}}, policyTypes: [Egress], egress: [{to: [{ipBlock: ${block}}], ports: [{port: 443}]}]}`,
    });
  const cases: [string, string[]][] = [
    ['{cidr: 203.0.113.0/24, except: [203.0.113.66/32]}', []],
    [
      '{cidr: 203.0.113.0/24}',
      [
        'NetworkPolicy/pay egress[0] | Open: production/api → 203.0.113.66:443 | pay lets out to 203.0.113.0/24 on 443/TCP.',
      ],
    ],
    [
      '{cidr: 203.0.113.0/25, except: [203.0.113.66/32]}',
      [
        'NetworkPolicy/pay egress[0] | Blocked: production/api → 203.0.113.0/24 (203.0.113.128):443 | pay lets out to 203.0.113.0/25 except 203.0.113.66/32; 203.0.113.0/24 (203.0.113.128) is not in that range.',
      ],
    ],
    [
      '{cidr: 203.0.112.0/23, except: [203.0.113.66/32]}',
      [
        'NetworkPolicy/pay egress[0] | Open: production/api → internet (203.0.112.0):443 | pay lets out to 203.0.112.0/23 except 203.0.113.66/32 on 443/TCP.',
      ],
    ],
    [
      '{cidr: 0.0.0.0/0, except: [203.0.113.66/32]}',
      [
        'NetworkPolicy/pay egress[0] | Open: production/api → internet:443, production/api → metadata:443, production/api → a pod labelled like production/api in default:443, production/api → a pod labelled like production/db in default:443 and 3 more | pay lets out to 0.0.0.0/0 except 203.0.113.66/32 on 443/TCP.',
      ],
    ],
  ];
  test.for(cases)('%s', ([block, says]) => {
    expect(linesOf(factsOf(shop(), out(block)), pay)).toEqual(says);
  });
  test('a private range that the lab names is closed to others', () => {
    const spec = { allow: [{ from: 'production/api', to: '10.20.0.0/16', port: 443 }], others: 'deny' };
    const hole = `\nname: hole\nspec: {podSelector: {matchLabels: {app: db}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.20.3.0/24}}]}]}`;
    expect(linesOf(factsOf(shop(), `${out('{cidr: 10.20.0.0/16}')}\n---${hole}`), spec)).toEqual([
      'NetworkPolicy/hole egress[0] | Open: production/db → 10.20.0.0/16 (10.20.3.0):443 (and other ports) | hole lets out to 10.20.3.0/24 on every port.',
    ]);
  });
  test('the internet is an arbitrary address, not a chosen one', () => {
    const spec = { allow: [{ from: 'production/api', to: 'internet', port: 443 }] };
    expect(linesOf(factsOf(shop(), out('{cidr: 0.0.0.0/0, except: [10.0.0.0/8, 169.254.0.0/16]}')), spec)).toEqual([]);
    expect(linesOf(factsOf(shop(), out('{cidr: 1.1.1.1/32}')), spec)).toEqual([
      'NetworkPolicy/pay egress[0] | Blocked: production/api → internet:443 | pay lets out to 1.1.1.1/32; internet is not in that range.',
    ]);
  });
});

describe('namespace/*', () => {
  const labelled = parts.dns.replace(
    'podSelector: {}',
    'podSelector: {matchExpressions: [{key: app, operator: In, values: [frontend, api, db, debug]}]}',
  );
  test("lets a learner's own pods do what it asks of the scenario's, and does not ask it of them", () => {
    const tool = deployment('production/tool', { labels: { app: 'tool' } });
    expect(linesOf(factsOf(shop(), fix(), { learner: [tool] }), tiers)).toEqual([]);
    expect(linesOf(factsOf(shop(), fix({ dns: labelled }), { learner: [tool] }), tiers)).toEqual([]);
    expect(linesOf(factsOf([...shop(), tool], fix({ dns: labelled })), tiers)).toEqual([
      `NetworkPolicy/default-deny | Blocked: production/tool → dns | default-deny lets nothing out. ${dnsAdvice}`,
    ]);
  });
  test('asks nothing of replicas among themselves', () => {
    const spec = { allow: [{ from: 'production/*', to: 'production/db', port: 5432 }] };
    const policies = `
name: in
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [db]}]}}]}]}`;
    expect(linesOf(factsOf(shop(), policies), spec)).toEqual([]);
  });
});

describe('ports', () => {
  test('of a Service count as declared', () => {
    const facts = factsOf([deployment('production/api'), deployment('production/db')], '');
    facts.services = [
      {
        metadata: { namespace: 'production', name: 'db' },
        spec: { selector: { app: 'db' }, ports: [{ port: 80, targetPort: 5432 }] },
      },
    ];
    const [first] = linesOf(facts, { others: 'deny' });
    expect(first).toContain('Open: production/api → production/db:5432 (and other ports)');
  });
  test('where two ranges meet are found', () => {
    const api = '{podSelector: {matchLabels: {app: api}}';
    const policies = `
name: db-in
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [${api}}], ports: [{port: 100, endPort: 200}]}]}
---
name: api-out
spec: ${api}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 150, endPort: 300}]}]}`;
    const pieces = [deployment('production/api'), deployment('production/db')];
    const lines = linesOf(factsOf(pieces, policies), { others: 'deny' });
    expect(lines.join()).toContain(
      'NetworkPolicy/db-in ingress[0] | Open: production/api → production/db:150 (and other ports) | db-in lets in from pods with app=api in production on 100-200/TCP.',
    );
  });
});

describe('without others: deny', () => {
  test('only what is listed is judged', () => {
    const spec = { deny: [{ from: 'staging/*', to: 'production/db', port: 5432 }] };
    expect(linesOf(factsOf(shop(), ''), spec)).toEqual([
      ' | Open: staging/web → production/db:5432 | No policy restricts ingress of production/db.',
    ]);
    expect(linesOf(factsOf(shop(), fix({ staging: '' })), spec)).toEqual([]);
  });
});

test('names are the real ones', () => {
  const own = { ...names, namespaces: { production: 'production-minji', staging: 'staging-minji' } };
  const pieces = [deployment('production-minji/api'), deployment('production-minji/db', { ports: [5432] })];
  const spec = { deny: [{ from: 'production/api', to: 'production/db', port: 5432 }] };
  expect(linesOf(factsOf(pieces, '', { namespaces: own }), spec, own)).toEqual([
    ' | Open: production-minji/api → production-minji/db:5432 | No policy restricts ingress of production-minji/db.',
  ]);
});

test('more causes than a learner would read are counted', () => {
  const opened = Array.from(
    { length: 7 },
    (_, n) =>
      `\nname: hole-${n}\nspec: {podSelector: {matchLabels: {app: api}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 93.184.216.${n}/32}}], ports: [{port: 4444}]}]}`,
  );
  const lines = linesOf(factsOf(shop(), fix({ holes: opened.join('\n---') })), tiers);
  expect(lines).toHaveLength(6);
  expect(lines[5]).toBe(' | 2 more flows are not as they should be. | ');
});
