import { deployment, type Piece } from './build.ts';

/** A shop of three tiers with a debug pod, and another team's app next door. */
export function shop(more: { debug?: Piece } = {}): Piece[] {
  return [
    deployment('production/frontend', { ports: [8080] }),
    deployment('production/api', { ports: [8080], replicas: 2 }),
    deployment('production/db', { ports: [5432] }),
    more.debug ?? deployment('production/debug'),
    deployment('staging/web', { ports: [80] }),
  ];
}

export const tiers = {
  allow: [
    { from: 'production/frontend', to: 'production/api', port: 8080 },
    { from: 'production/api', to: 'production/db', port: 5432 },
    { from: 'production/*', to: 'dns' },
  ],
  others: 'deny',
};

/** The parts of a right fix, to be left out or replaced one by one. */
export const parts = {
  deny: `
name: default-deny
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}`,
  dns: `
name: dns
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}]
      ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]`,
  staging: `
name: default-deny
namespace: staging
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}`,
  frontendOut: `
name: frontend-out
spec:
  podSelector: {matchLabels: {app: frontend}}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 8080}]}]`,
  apiIn: `
name: api-in
spec:
  podSelector: {matchLabels: {app: api}}
  ingress: [{from: [{podSelector: {matchLabels: {app: frontend}}}], ports: [{port: 8080}]}]`,
  apiOut: `
name: api-out
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}]`,
  dbIn: `
name: db-in
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 5432}]}]`,
};

/** The right fix with some parts replaced, left out (empty) or added. */
export function fix(changes: Record<string, string> = {}): string {
  return Object.values({ ...parts, ...changes })
    .filter((part) => part.trim() !== '')
    .join('\n---');
}
