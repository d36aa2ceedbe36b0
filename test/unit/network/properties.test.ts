import type { V1NetworkPolicy } from '@kubernetes/client-node';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compilePolicies, policiesSelecting } from '../../../server/grader/network/compile.ts';
import { judgeFlow } from '../../../server/grader/network/engine.ts';
import { explain } from '../../../server/grader/network/explain.ts';
import type { Flow } from '../../../server/grader/network/flow.ts';
import { naiveAllowed } from './naive.ts';
import * as random from './random.ts';

type Namespaces = Record<string, Record<string, string>>;
const world = [random.policies, random.namespaces, random.flow] as const;

function compile(policies: V1NetworkPolicy[], namespaces: Namespaces) {
  return compilePolicies(
    policies,
    Object.entries(namespaces).map(([name, labels]) => ({ metadata: { name, labels } })),
  );
}

function allowed(policies: V1NetworkPolicy[], namespaces: Namespaces, flow: Flow): boolean {
  return judgeFlow(compile(policies, namespaces), flow).allowed;
}

function holds(property: (policies: V1NetworkPolicy[], namespaces: Namespaces, flow: Flow) => void, runs = 2000) {
  fc.assert(fc.property(...world, property), { numRuns: runs });
}

/** A copy of a plain object (whose type is a class) with some fields replaced. */
function changed<T extends object>(object: T, fields: Partial<T>): T {
  return Object.assign({}, object, fields);
}

/** Everything that is a list, turned around. */
function reversed(policies: V1NetworkPolicy[]): V1NetworkPolicy[] {
  return policies.toReversed().map(({ metadata, spec }) => ({
    metadata: metadata ?? {},
    spec: JSON.parse(JSON.stringify(spec), (_, value: unknown) =>
      Array.isArray(value) ? (value as unknown[]).toReversed() : value,
    ) as NonNullable<V1NetworkPolicy['spec']>,
  }));
}

test('a naive second implementation agrees', () => {
  const seen = { true: 0, false: 0 };
  holds((policies, namespaces, flow) => {
    const verdict = allowed(policies, namespaces, flow);
    seen[`${verdict}`]++;
    expect(verdict).toBe(naiveAllowed(policies, namespaces, flow));
  }, 10_000);
  // The random worlds are worth something only if both happen often.
  expect(Math.min(seen.true, seen.false)).toBeGreaterThan(1000);
});

test('the order of policies, rules, peers, ports and values never matters', () => {
  holds((policies, namespaces, flow) => {
    expect(allowed(reversed(policies), namespaces, flow)).toBe(allowed(policies, namespaces, flow));
  });
});

test('adding a rule to a policy that isolates anyway never removes a flow', () => {
  fc.assert(
    fc.property(...world, random.ingressRule, fc.nat(), (policies, namespaces, flow, rule, pick) => {
      const chosen = policies[pick % Math.max(policies.length, 1)];
      const types = chosen?.spec?.policyTypes;
      fc.pre(types === undefined || types.length === 0 || types.includes('Ingress'));
      const more = policies.map((policy) =>
        policy === chosen && policy.spec
          ? changed(policy, { spec: changed(policy.spec, { ingress: [...(policy.spec.ingress ?? []), rule] }) })
          : policy,
      );
      if (allowed(policies, namespaces, flow)) expect(allowed(more, namespaces, flow)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('adding a policy for a pod that some policy isolates never removes a flow', () => {
  fc.assert(
    fc.property(...world, random.policies, (policies, namespaces, flow, [extra]) => {
      const { to } = flow;
      fc.pre(extra?.spec !== undefined && to.kind === 'pod');
      const deny = { metadata: { name: 'deny', namespace: to.pod.namespace }, spec: { policyTypes: ['Ingress'] } };
      const before = [...policies, deny];
      const added = {
        metadata: { name: 'extra', namespace: to.pod.namespace },
        spec: changed(extra.spec, { policyTypes: ['Ingress'] }),
      };
      if (allowed(before, namespaces, flow)) expect(allowed([...before, added], namespaces, flow)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('adding a policy for a pod that no policy selected never adds a flow', () => {
  fc.assert(
    fc.property(...world, random.policies, (policies, namespaces, flow, [extra]) => {
      fc.pre(extra !== undefined);
      const added = changed(extra, { metadata: changed(extra.metadata ?? {}, { name: 'extra' }) });
      const before = compile(policies, namespaces);
      for (const end of [flow.from, flow.to]) {
        const selected = (state: typeof before) =>
          end.kind === 'pod' ? policiesSelecting(state, end.pod).map(({ name }) => name) : [];
        const after = selected(compile([...policies, added], namespaces));
        fc.pre(!after.includes('extra') || selected(before).length === 0);
      }
      if (!judgeFlow(before, flow).allowed) expect(allowed([...policies, added], namespaces, flow)).toBe(false);
    }),
    { numRuns: 2000 },
  );
});

test('selecting with one empty policy removes all but a pod itself and its node', () => {
  holds((_, namespaces, flow) => {
    const empty = Object.keys(namespaces).map((namespace) => ({
      metadata: { name: 'empty', namespace },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    }));
    const verdict = judgeFlow(compile(empty, namespaces), flow);
    const isolated = [flow.from, flow.to].some((end) => end.kind === 'pod' && !end.pod.hostNetwork);
    if (isolated && verdict.allowed) expect(['self', 'own-node']).toContain(verdict.ingress.because);
    if (!isolated) expect(verdict.allowed).toBe(true);
  });
});

test('every verdict between pods has words, and a blocked one names a policy', () => {
  holds((policies, namespaces, flow) => {
    const verdict = judgeFlow(compile(policies, namespaces), flow);
    const reasons = explain(verdict);
    for (const { text } of reasons) {
      expect(text.en).toMatch(/^\S.*\.$/);
      expect(text.ko).toMatch(/^\S.*[.]$/);
      expect(text.en + text.ko).not.toMatch(/undefined|null|\[object/);
    }
    if (!verdict.allowed) expect(reasons.map(({ where }) => where).join()).toMatch(/NetworkPolicy\/p\d/);
  });
});
