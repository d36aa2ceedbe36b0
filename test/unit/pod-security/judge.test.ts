import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import type { PodSecuritySpec } from '../../../server/content/check-schema.ts';
import { CannotJudge } from '../../../server/grader/check.ts';
import { answerOf, type PodSecurityFacts, type Probed } from '../../../server/grader/pod-security/facts.ts';
import { judgeLabels, judgeProbes } from '../../../server/grader/pod-security/judge-namespace.ts';
import { warnedPods } from '../../../server/grader/pod-security/judge-workloads.ts';
import { enforced } from '../../../server/grader/pod-security/labels.ts';
import { violations } from '../../../server/grader/pod-security/levels.ts';
import { scopeOf } from '../../../server/grader/pod-security/pod-security.ts';
import { probePods } from '../../../server/grader/pod-security/probe-pods.ts';

const prefix = 'pod-security.kubernetes.io/';
const labelled = (labels: Record<string, string>) =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [prefix + key, value]));
const spec: PodSecuritySpec = { namespace: 'production', enforce: 'restricted', running: [] };
const facts = (change: Partial<PodSecurityFacts> = {}): PodSecurityFacts => ({
  namespace: 'production-minji',
  labels: {},
  minor: 37,
  probed: [],
  warnings: [],
  workloads: { all: [], pods: [], refusals: [] },
  ...change,
});

describe('enforced', () => {
  it.each([
    [{}, 'baseline', 'missing'],
    [{ warn: 'restricted', audit: 'restricted' }, 'baseline', 'missing'],
    [{ enforce: 'privileged' }, 'baseline', 'lower'],
    [{ enforce: 'baseline' }, 'restricted', 'lower'],
    [{ enforce: 'Restricted' }, 'baseline', 'lower'],
    [{ enforce: 'baseline' }, 'baseline', 'holds'],
    [{ enforce: 'restricted' }, 'baseline', 'holds'],
    [{ enforce: 'restricted', 'enforce-version': 'latest' }, 'restricted', 'holds'],
    [{ enforce: 'restricted', 'enforce-version': 'v1.37' }, 'restricted', 'holds'],
    [{ enforce: 'restricted', 'enforce-version': 'v1.38' }, 'restricted', 'holds'],
    [{ enforce: 'restricted', 'enforce-version': 'v1.36' }, 'restricted', 'pinned'],
    [{ enforce: 'restricted', 'enforce-version': 'v1.4' }, 'restricted', 'pinned'],
    [{ enforce: 'restricted', 'enforce-version': '1.37' }, 'restricted', 'pinned'],
    [{ enforce: 'restricted', 'warn-version': 'v1.22' }, 'restricted', 'holds'],
  ] as const)('%j asked for %s: %s', (labels, level, state) => {
    expect(enforced(labelled(labels), level, 37)).toBe(state);
  });
});

describe('judgeLabels', () => {
  it.each([
    [{}, 'There is no label pod-security.kubernetes.io/enforce.', undefined],
    [
      { warn: 'restricted' },
      'There is no label pod-security.kubernetes.io/enforce.',
      'warn and audit only tell; enforce alone refuses.',
    ],
    [{ enforce: 'baseline' }, 'The label pod-security.kubernetes.io/enforce is baseline.', undefined],
    [
      { enforce: 'baseline', warn: 'restricted' },
      'The label pod-security.kubernetes.io/enforce is baseline.',
      'warn and audit only tell; enforce alone refuses.',
    ],
    [
      { enforce: 'restricted', 'enforce-version': 'v1.22' },
      'The label pod-security.kubernetes.io/enforce-version is pinned to v1.22.',
      'The standard of v1.22 lacks the rules that came later; this cluster is v1.37. Remove the label, or set it to latest.',
    ],
  ])('%j', (labels, found, why) => {
    const [finding] = judgeLabels(facts({ labels: labelled(labels) }), spec);
    expect(finding?.found.en).toBe(found);
    expect(finding?.why?.en).toBe(why);
    expect(finding?.where).toBe('Namespace/production-minji');
  });

  it('passes what is enforced', () => {
    expect(judgeLabels(facts({ labels: labelled({ enforce: 'restricted' }) }), spec)).toEqual([]);
  });
});

describe('probes', () => {
  const flaw = (en: string) => ({ ko: en, en });
  const good: Probed = { flaw: null, answer: 'admitted', message: '' };
  const refused: Probed = { flaw: flaw('hostPID'), answer: 'refused', message: 'violates PodSecurity' };

  it('pass when the good pod is admitted and all others are refused', () => {
    expect(judgeProbes(facts({ probed: [good, refused] }), spec)).toEqual([]);
  });

  it('name what is admitted', () => {
    const probed = [good, refused, { ...refused, flaw: flaw('a hostPath volume'), answer: 'admitted' as const }];
    expect(judgeProbes(facts({ probed }), spec).map(({ found }) => found.en)).toEqual([
      'The API server admits a hostPath volume.',
    ]);
  });

  it('say when the good pod is refused', () => {
    const probed = [{ ...good, answer: 'refused' as const, message: 'violates PodSecurity "x"' }, refused];
    expect(judgeProbes(facts({ probed }), spec).map(({ found }) => found.en)).toEqual([
      'It is refused: violates PodSecurity "x"',
    ]);
  });

  it('are not judged when something else stands before', () => {
    const probed = [good, { ...refused, answer: 'other' as const, message: 'denied by a webhook' }];
    expect(() => judgeProbes(facts({ probed }), spec)).toThrow(CannotJudge);
  });

  it.each([
    ['pods "x" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostPID=true)', 'refused'],
    [
      'pods "x" is forbidden: exceeded quota: haechi-quota, requested: pods=1, used: pods=40, limited: pods=40',
      'admitted',
    ],
    [
      "pods \"x\" is forbidden: ValidatingAdmissionPolicy 'haechi-pods' with binding 'haechi-pods' denied request",
      'other',
    ],
  ])('tell who refused: %s', (message, answer) => {
    expect(answerOf(message)).toBe(answer);
  });

  it.each([
    ['baseline', 5],
    ['restricted', 10],
  ] as const)('of %s violate it, all but the first', (level, count) => {
    const [compliant, ...flawed] = probePods(level);
    expect(compliant?.flaw).toBeNull();
    expect(compliant && violations('restricted', compliant.pod)).toEqual([]);
    expect(flawed.filter(({ pod }) => violations(level, pod).length > 0)).toHaveLength(count);
  });
});

describe('warnedPods', () => {
  const pod = (name: string, containers: object[]): V1Pod => ({ metadata: { name }, spec: { containers } }) as V1Pod;
  it('finds the pods that a warning only counts', () => {
    const bare = [{ name: 'app' }];
    const workloads = {
      all: [],
      refusals: [],
      pods: [pod('a', bare), pod('b', bare), pod('c', [{ name: 'app', securityContext: { privileged: true } }])],
    };
    const reasons =
      'allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile';
    const warnings = [
      'existing pods in namespace "production" violate the new PodSecurity enforce level "restricted:v1.37"',
      `a (and 1 other pod): ${reasons}`,
    ];
    expect([...warnedPods({ warnings, workloads }, 'restricted')]).toEqual([
      ['a', reasons],
      ['b', reasons],
    ]);
  });
});

describe('scopeOf', () => {
  const of = (running: string[], namespace = 'production'): PodSecuritySpec => ({
    namespace,
    enforce: 'restricted',
    running,
  });
  it('leaves to other checks what they name, and the rest to one', () => {
    const [enforcedOnly, frontend, api, staging] = [
      of([]),
      of(['frontend']),
      of(['api', 'frontend']),
      of(['api'], 'staging'),
    ];
    const all = [frontend, enforcedOnly, api, staging];
    expect(scopeOf(frontend, all)).toEqual({ elsewhere: new Set(['api']), rest: false });
    expect(scopeOf(enforcedOnly, all)).toEqual({ elsewhere: new Set(['frontend', 'api']), rest: true });
    expect(scopeOf(api, all)).toEqual({ elsewhere: new Set(), rest: false });
    expect(scopeOf(staging, all)).toEqual({ elsewhere: new Set(), rest: true });
  });

  it('gives all to a check that is alone', () => {
    const only = of(['api']);
    expect(scopeOf(only, [only])).toEqual({ elsewhere: new Set(), rest: true });
  });
});
