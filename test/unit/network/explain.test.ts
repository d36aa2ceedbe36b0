import { expect, test } from 'vitest';
import { judgeFlow } from '../../../server/grader/network/engine.ts';
import { explain } from '../../../server/grader/network/explain.ts';
import type { Flow } from '../../../server/grader/network/flow.ts';
import { address, flow, pod, policies, stateOf } from './build.ts';

const namespaces = { production: { team: 'shop' }, staging: { team: 'trial' }, 'kube-system': {} };
const db = pod('production/db', { app: 'db' });
const api = pod('production/api', { app: 'api' });
const web = pod('production/web', { app: 'web' });
const bare = pod('production/bare');
const trial = pod('staging/api', { app: 'api' });
const host = pod('production/host', {}, { hostNetwork: true, nodeName: 'node-b' });
const dns = pod('kube-system/coredns', { 'k8s-app': 'kube-dns' });

/** What is said of a flow: `where: words`, in English. */
function said(yaml: string, judged: Flow): string[] {
  const verdict = judgeFlow(stateOf(policies(yaml, 'production'), namespaces), judged);
  return explain(verdict).map(({ text, where }) => `${where}: ${text.en}`);
}

const dbFrom = (peer: string, ports = '[{port: 5432}]') =>
  `db-in: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [${peer}], ports: ${ports}}]}`;
const out = (rules: string) => `out: {podSelector: {}, policyTypes: [Egress], egress: [${rules}]}`;

const rows: [string, string, Flow, string[]][] = [
  [
    'open to all',
    '{}',
    flow(web, db, 5432),
    [': No policy restricts egress of production/web.', ': No policy restricts ingress of production/db.'],
  ],
  ['itself', 'x: {podSelector: {}}', flow(db, db, 1), [': A pod always reaches itself.']],
  [
    'own node',
    'x: {podSelector: {}}',
    flow({ kind: 'node', name: 'node-a', ips: [] }, db, 1),
    [': A pod and the node that it runs on always reach each other.'],
  ],
  [
    'from the host network',
    'x: {podSelector: {}}',
    flow(host, db, 1),
    [': production/host is on the host network, where no policy selects it.', 'NetworkPolicy/x: x lets nothing in.'],
  ],
  [
    'host network and a selector',
    dbFrom('{podSelector: {}}'),
    flow(host, db, 5432),
    [
      ': production/host is on the host network, where no policy selects it.',
      'NetworkPolicy/db-in ingress[0]: db-in lets in from every pod in production; production/host is not on the pod network, so only an ipBlock can name it.',
    ],
  ],
  [
    'let in by a rule',
    dbFrom('{podSelector: {matchLabels: {app: api}}}'),
    flow(api, db, 5432),
    [
      ': No policy restricts egress of production/api.',
      'NetworkPolicy/db-in ingress[0]: db-in lets in from pods with app=api in production on 5432/TCP.',
    ],
  ],
  [
    'let in by every rule that does',
    `${dbFrom('{podSelector: {matchLabels: {app: api}}}')}\nall: {podSelector: {}, ingress: [{}]}`,
    flow(api, db, 5432),
    [
      ': No policy restricts egress of production/api.',
      'NetworkPolicy/all ingress[0]: all lets in from anywhere on every port.',
      'NetworkPolicy/db-in ingress[0]: db-in lets in from pods with app=api in production on 5432/TCP.',
    ],
  ],
  [
    'a wrong label',
    dbFrom('{podSelector: {matchLabels: {app: api}}}'),
    flow(web, db, 5432),
    [
      ': No policy restricts egress of production/web.',
      'NetworkPolicy/db-in ingress[0]: db-in lets in from pods with app=api in production; production/web has app=web.',
    ],
  ],
  [
    'no such label',
    dbFrom('{podSelector: {matchLabels: {app: api}}}'),
    flow(bare, db, 5432),
    [
      ': No policy restricts egress of production/bare.',
      'NetworkPolicy/db-in ingress[0]: db-in lets in from pods with app=api in production; production/bare has no label app.',
    ],
  ],
  [
    'another namespace without a namespaceSelector',
    dbFrom('{podSelector: {matchLabels: {app: api}}}'),
    flow(trial, db, 5432),
    [
      ': No policy restricts egress of staging/api.',
      'NetworkPolicy/db-in ingress[0]: db-in lets in from pods with app=api in production; staging/api is in another namespace, which takes a namespaceSelector in the same peer.',
    ],
  ],
  [
    'another namespace with one',
    dbFrom('{namespaceSelector: {matchLabels: {team: shop}}, podSelector: {matchLabels: {app: api}}}'),
    flow(trial, db, 5432),
    [
      ': No policy restricts egress of staging/api.',
      'NetworkPolicy/db-in ingress[0]: db-in lets in from pods with app=api in namespaces with team=shop; staging has team=trial.',
    ],
  ],
  [
    'a label that no namespace carries',
    dbFrom('{namespaceSelector: {matchLabels: {name: production}}}'),
    flow(api, db, 5432),
    [
      ': No policy restricts egress of production/api.',
      'NetworkPolicy/db-in ingress[0]: db-in looks for namespaces with name=production, and no namespace carries it; kubernetes.io/metadata.name is always there.',
    ],
  ],
  [
    'a condition on what must not be there',
    dbFrom('{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [trial]}]}}'),
    flow(trial, db, 5432),
    [
      ': No policy restricts egress of staging/api.',
      'NetworkPolicy/db-in ingress[0]: db-in lets in from every pod in namespaces with team notin (trial); staging has team=trial.',
    ],
  ],
  [
    'two peers where one was meant',
    dbFrom('{namespaceSelector: {matchLabels: {team: shop}}}, {podSelector: {matchLabels: {app: api}}}'),
    flow(web, db, 5432),
    [
      ': No policy restricts egress of production/web.',
      'NetworkPolicy/db-in ingress[0]: db-in lets in from every pod in namespaces with team=shop on 5432/TCP. Its namespaceSelector and podSelector are two peers, so either is enough; to need both, write them as one peer.',
    ],
  ],
  [
    'two peers that are no slip',
    dbFrom('{namespaceSelector: {matchLabels: {team: trial}}}, {podSelector: {}}'),
    flow(trial, db, 5432),
    [
      ': No policy restricts egress of staging/api.',
      'NetworkPolicy/db-in ingress[0]: db-in lets in from every pod in namespaces with team=trial on 5432/TCP.',
    ],
  ],
  [
    'another port',
    dbFrom('{podSelector: {}}'),
    flow(api, db, 22),
    [
      ': No policy restricts egress of production/api.',
      'NetworkPolicy/db-in ingress[0]: db-in opens 5432/TCP, not 22/TCP.',
    ],
  ],
  [
    'a port range and a bare protocol',
    dbFrom('{podSelector: {}}', '[{port: 1, endPort: 9}, {protocol: UDP}]'),
    flow(api, db, 22),
    [
      ': No policy restricts egress of production/api.',
      'NetworkPolicy/db-in ingress[0]: db-in opens 1-9/TCP, */UDP, not 22/TCP.',
    ],
  ],
  [
    'a port name that the destination lacks',
    dbFrom('{podSelector: {}}', '[{port: postgres}]'),
    flow(api, db, 5432),
    [
      ': No policy restricts egress of production/api.',
      'NetworkPolicy/db-in ingress[0]: db-in opens postgres/TCP by name, and that is not what the destination calls 5432/TCP.',
    ],
  ],
  [
    'label and port both wrong',
    dbFrom('{podSelector: {matchLabels: {app: api}}}'),
    flow(web, db, 22),
    [
      ': No policy restricts egress of production/web.',
      'NetworkPolicy/db-in ingress[0]: db-in only lets in from pods with app=api in production on 5432/TCP.',
    ],
  ],
  [
    'the nearest of several rules, and each policy',
    `
a-deny: {podSelector: {}}
db-in:
  podSelector: {matchLabels: {app: db}}
  ingress:
    - {from: [{ipBlock: {cidr: 1.2.3.0/24}}], ports: [{port: 22}]}
    - {from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 22}]}
    - {from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 5432}]}`,
    flow(web, db, 5432),
    [
      ': No policy restricts egress of production/web.',
      'NetworkPolicy/db-in ingress[2]: db-in lets in from pods with app=api in production; production/web has app=web.',
      'NetworkPolicy/a-deny: a-deny lets nothing in.',
    ],
  ],
  [
    'a rule for something else altogether comes after a plain deny',
    `${out('{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}')}\nzz-deny: {podSelector: {}, policyTypes: [Egress]}`,
    flow(api, trial, 80),
    [
      'NetworkPolicy/zz-deny: zz-deny lets nothing out.',
      'NetworkPolicy/out egress[0]: out only lets out to pods with app=db in production on 5432/TCP.',
      ': No policy restricts ingress of staging/api.',
    ],
  ],
  [
    'beyond a range',
    out('{to: [{ipBlock: {cidr: 203.0.113.0/24}}]}'),
    flow(api, address('8.8.8.8'), 443),
    ['NetworkPolicy/out egress[0]: out lets out to 203.0.113.0/24; 8.8.8.8 is not in that range.'],
  ],
  [
    'excepted',
    out('{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}'),
    flow(api, address('169.254.169.254'), 80),
    ['NetworkPolicy/out egress[0]: out excepts 169.254.169.254/32 from 0.0.0.0/0.'],
  ],
  [
    'let out to a range with an exception',
    out('{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}'),
    flow(api, address('8.8.8.8'), 443),
    ['NetworkPolicy/out egress[0]: out lets out to 0.0.0.0/0 except 169.254.169.254/32 on every port.'],
  ],
  [
    'a selector and an address',
    out('{to: [{namespaceSelector: {}}]}'),
    flow(api, address('8.8.8.8'), 443),
    [
      'NetworkPolicy/out egress[0]: out lets out to every pod in any namespace; 8.8.8.8 is not on the pod network, so only an ipBlock can name it.',
    ],
  ],
  [
    'an empty peer',
    out('{to: [{}]}'),
    flow(api, db, 5432),
    [
      'NetworkPolicy/out egress[0]: A peer of out is empty: it names nothing.',
      ': No policy restricts ingress of production/db.',
    ],
  ],
  [
    'egress without DNS',
    out('{to: [{podSelector: {}}]}'),
    flow(api, dns, 53, 'UDP'),
    [
      'NetworkPolicy/out egress[0]: out lets out to every pod in production; kube-system/coredns is in another namespace, which takes a namespaceSelector in the same peer. Where egress is restricted, names resolve only if DNS (port 53, UDP and TCP) is let out too.',
      ': No policy restricts ingress of kube-system/coredns.',
    ],
  ],
  [
    'deny-all without DNS',
    'deny: {podSelector: {}, policyTypes: [Ingress, Egress]}',
    flow(api, dns, 53, 'UDP'),
    [
      'NetworkPolicy/deny: deny lets nothing out. Where egress is restricted, names resolve only if DNS (port 53, UDP and TCP) is let out too.',
      ': No policy restricts ingress of kube-system/coredns.',
    ],
  ],
  [
    'DNS over TCP only',
    out('{to: [{namespaceSelector: {}}], ports: [{port: 53}]}'),
    flow(api, dns, 53, 'UDP'),
    [
      'NetworkPolicy/out egress[0]: out opens 53/TCP, not 53/UDP; a port without protocol is TCP.',
      ': No policy restricts ingress of kube-system/coredns.',
    ],
  ],
];

test.for(rows)('%s', ([, yaml, judged, expected]) => {
  expect(said(yaml, judged)).toEqual(expected);
});

test('in Korean', () => {
  const state = stateOf(policies(dbFrom('{podSelector: {matchLabels: {app: api}}}'), 'production'), namespaces);
  expect(explain(judgeFlow(state, flow(web, db, 5432))).map(({ text }) => text.ko)).toEqual([
    'production/web의 egress를 제한하는 정책이 없습니다.',
    'db-in 정책은 production의 app=api 파드에서 들어오는 흐름만 허용합니다. production/web에는 app=web 레이블이 있습니다.',
  ]);
});

test('ends are called what the caller calls them', () => {
  const state = stateOf([], namespaces);
  const [reason] = explain(judgeFlow(state, flow(web, db, 1)), (end) =>
    end === web ? { ko: '가게', en: 'the shop' } : { ko: '장부', en: 'the database' },
  );
  expect(reason?.text).toEqual({
    ko: '가게의 egress를 제한하는 정책이 없습니다.',
    en: 'No policy restricts egress of the shop.',
  });
});
