/** Every recipe of https://kubernetes.io/docs/concepts/services-networking/network-policies/, each way of each rule. */
import { expect, test } from 'vitest';
import { judgeFlow } from '../../../server/grader/network/engine.ts';
import type { FlowEnd, FlowProtocol } from '../../../server/grader/network/flow.ts';
import { address, flow, pod, policies, stateOf } from './build.ts';

const namespaces = {
  default: {},
  shared: { project: 'myproject' },
  alice: { user: 'alice' },
  frontend: { namespace: 'frontend' },
  backend: { namespace: 'backend' },
};

interface Row {
  says: string;
  from: FlowEnd;
  to: FlowEnd;
  port?: number;
  protocol?: FlowProtocol;
  allowed: boolean;
}

const web = pod('default/web', { app: 'web' });
const db = pod('default/db', { role: 'db' });
const client = pod('default/client', { role: 'frontend' });
const strangerInShared = pod('shared/any');
const frontendElsewhere = pod('alice/client', { role: 'frontend' });
const outside = address('203.0.113.7');

const recipes: { name: string; yaml: string; rows: Row[] }[] = [
  {
    name: 'no policy',
    yaml: '{}',
    rows: [
      { says: 'pods are not isolated for ingress', from: outside, to: web, allowed: true },
      { says: 'nor for egress', from: web, to: outside, allowed: true },
    ],
  },
  {
    name: 'the example policy',
    yaml: `
isolate-db:
  podSelector: {matchLabels: {role: db}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - ipBlock: {cidr: 172.17.0.0/16, except: [172.17.1.0/24]}
        - namespaceSelector: {matchLabels: {project: myproject}}
        - podSelector: {matchLabels: {role: frontend}}
      ports: [{protocol: TCP, port: 6379}]
  egress:
    - to: [{ipBlock: {cidr: 10.0.0.0/24}}]
      ports: [{protocol: TCP, port: 5978}]`,
    rows: [
      { says: 'frontend of the same namespace', from: client, to: db, port: 6379, allowed: true },
      { says: 'on another port', from: client, to: db, port: 6380, allowed: false },
      { says: 'over another protocol', from: client, to: db, port: 6379, protocol: 'UDP', allowed: false },
      { says: 'any pod of a labelled namespace', from: strangerInShared, to: db, port: 6379, allowed: true },
      { says: 'frontend of another namespace', from: frontendElsewhere, to: db, port: 6379, allowed: false },
      { says: 'another pod of the namespace', from: web, to: db, port: 6379, allowed: false },
      { says: 'first address of the range', from: address('172.17.0.0'), to: db, port: 6379, allowed: true },
      { says: 'last before the exception', from: address('172.17.0.255'), to: db, port: 6379, allowed: true },
      { says: 'first of the exception', from: address('172.17.1.0'), to: db, port: 6379, allowed: false },
      { says: 'last of the exception', from: address('172.17.1.255'), to: db, port: 6379, allowed: false },
      { says: 'first after the exception', from: address('172.17.2.0'), to: db, port: 6379, allowed: true },
      { says: 'last of the range', from: address('172.17.255.255'), to: db, port: 6379, allowed: true },
      { says: 'beyond the range', from: address('172.18.0.0'), to: db, port: 6379, allowed: false },
      { says: 'egress within its range', from: db, to: address('10.0.0.255'), port: 5978, allowed: true },
      { says: 'egress on another port', from: db, to: address('10.0.0.1'), port: 80, allowed: false },
      { says: 'egress beyond its range', from: db, to: address('10.0.1.0'), port: 5978, allowed: false },
      { says: 'pods that it does not select', from: outside, to: web, allowed: true },
    ],
  },
  {
    name: 'one peer with both selectors (AND)',
    yaml: `
and:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector: {matchLabels: {user: alice}}
          podSelector: {matchLabels: {role: client}}`,
    rows: [
      { says: 'both', from: pod('alice/a', { role: 'client' }), to: web, allowed: true },
      { says: 'the namespace only', from: pod('alice/a'), to: web, allowed: false },
      { says: 'the pod only', from: pod('shared/a', { role: 'client' }), to: web, allowed: false },
      { says: 'the pod only, own namespace', from: pod('default/a', { role: 'client' }), to: web, allowed: false },
    ],
  },
  {
    name: 'two peers (OR)',
    yaml: `
or:
  podSelector: {}
  ingress:
    - from:
        - namespaceSelector: {matchLabels: {user: alice}}
        - podSelector: {matchLabels: {role: client}}`,
    rows: [
      { says: 'both', from: pod('alice/a', { role: 'client' }), to: web, allowed: true },
      { says: 'the namespace only', from: pod('alice/a'), to: web, allowed: true },
      { says: 'the pod, own namespace', from: pod('default/a', { role: 'client' }), to: web, allowed: true },
      { says: 'the pod, another namespace', from: pod('shared/a', { role: 'client' }), to: web, allowed: false },
    ],
  },
  {
    name: 'default deny all ingress',
    yaml: 'x: {podSelector: {}, policyTypes: [Ingress]}',
    rows: [
      { says: 'nothing comes in', from: client, to: web, allowed: false },
      { says: 'not from outside', from: outside, to: web, allowed: false },
      { says: 'everything goes out', from: web, to: outside, allowed: true },
      { says: 'other namespaces are as before', from: web, to: strangerInShared, allowed: true },
    ],
  },
  {
    name: 'allow all ingress',
    yaml: `
deny: {podSelector: {}, policyTypes: [Ingress]}
allow: {podSelector: {}, ingress: [{}], policyTypes: [Ingress]}`,
    rows: [
      { says: 'wins over the deny', from: outside, to: web, allowed: true },
      { says: 'over every protocol', from: outside, to: web, port: 9, protocol: 'SCTP', allowed: true },
    ],
  },
  {
    name: 'default deny all egress',
    yaml: 'x: {podSelector: {}, policyTypes: [Egress]}',
    rows: [
      { says: 'nothing goes out', from: web, to: outside, allowed: false },
      { says: 'not to the next pod', from: web, to: db, allowed: false },
      { says: 'everything comes in', from: outside, to: web, allowed: true },
      { says: 'also from other namespaces', from: strangerInShared, to: web, allowed: true },
    ],
  },
  {
    name: 'allow all egress',
    yaml: `
deny: {podSelector: {}, policyTypes: [Egress]}
allow: {podSelector: {}, egress: [{}], policyTypes: [Egress]}`,
    rows: [{ says: 'wins over the deny', from: web, to: outside, allowed: true }],
  },
  {
    name: 'default deny all',
    yaml: 'x: {podSelector: {}, policyTypes: [Ingress, Egress]}',
    rows: [
      { says: 'nothing comes in', from: outside, to: web, allowed: false },
      { says: 'nothing goes out', from: web, to: outside, allowed: false },
      { says: 'over UDP', from: web, to: outside, port: 53, protocol: 'UDP', allowed: false },
      { says: 'over SCTP', from: web, to: outside, port: 53, protocol: 'SCTP', allowed: false },
      { says: 'a pod to itself', from: web, to: web, allowed: true },
    ],
  },
  {
    name: 'a range of ports',
    yaml: `
x:
  podSelector: {matchLabels: {role: db}}
  policyTypes: [Egress]
  egress:
    - to: [{ipBlock: {cidr: 10.0.0.0/24}}]
      ports: [{protocol: TCP, port: 32000, endPort: 32768}]`,
    rows: [
      { says: 'before it', from: db, to: address('10.0.0.1'), port: 31999, allowed: false },
      { says: 'its first', from: db, to: address('10.0.0.1'), port: 32000, allowed: true },
      { says: 'its last', from: db, to: address('10.0.0.1'), port: 32768, allowed: true },
      { says: 'after it', from: db, to: address('10.0.0.1'), port: 32769, allowed: false },
    ],
  },
  {
    name: 'several namespaces by label',
    yaml: `
x:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - namespaceSelector:
            matchExpressions: [{key: namespace, operator: In, values: [frontend, backend]}]`,
    rows: [
      { says: 'the first', from: web, to: pod('frontend/a'), allowed: true },
      { says: 'the second', from: web, to: pod('backend/a'), allowed: true },
      { says: 'another', from: web, to: pod('alice/a'), allowed: false },
    ],
  },
  {
    name: 'a namespace by its name',
    yaml: `
x:
  podSelector: {}
  ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: alice}}}]}]`,
    rows: [
      { says: 'the label is there though nobody set it', from: pod('alice/a'), to: web, allowed: true },
      { says: 'another', from: pod('shared/a'), to: web, allowed: false },
    ],
  },
];

for (const { name, yaml, rows } of recipes) {
  test.for(rows)(`${name}: $says`, ({ from, to, port, protocol, allowed }) => {
    const state = stateOf(policies(yaml), namespaces);
    expect(judgeFlow(state, flow(from, to, port, protocol)).allowed).toBe(allowed);
  });
}
