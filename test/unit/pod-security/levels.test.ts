import type { V1EphemeralContainer } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { describeViolations, levelOf, rules, violations } from '../../../server/grader/pod-security/levels.ts';
import { fixtures } from './fixtures.ts';

describe('violations', () => {
  it.each(fixtures)('$name', ({ spec, annotations, baseline, restricted }) => {
    const template = { spec, metadata: { annotations } };
    expect(describeViolations(violations('baseline', template))).toBe(baseline);
    expect(describeViolations(violations('restricted', template))).toBe(restricted);
    expect(violations('privileged', template)).toEqual([]);
  });

  it('finds every rule in some fixture', () => {
    const found = new Set(
      fixtures.flatMap(({ spec, annotations }) =>
        rules.filter(({ check }) => check({ spec, annotations: annotations ?? {} })).map(({ id }) => id),
      ),
    );
    // The API server refuses procMount outside a user namespace, so no fixture of both can have it.
    expect(rules.map(({ id }) => id).filter((id) => !found.has(id))).toEqual(['procMount']);
  });

  it('procMount, outside a user namespace', () => {
    const spec = { containers: [{ name: 'app', securityContext: { procMount: 'Unmasked' } }] };
    expect(violations('baseline', { spec })).toEqual([
      { reason: 'procMount', detail: 'container "app" must not set securityContext.procMount to "Unmasked"' },
    ]);
  });

  it('looks at ephemeral containers', () => {
    const debug: V1EphemeralContainer = { name: 'debug', securityContext: { privileged: true } };
    expect(violations('baseline', { spec: { containers: [], ephemeralContainers: [debug] } })).toEqual([
      { reason: 'privileged', detail: 'container "debug" must not set securityContext.privileged=true' },
    ]);
  });

  it('reads AppArmor annotations', () => {
    const annotations = {
      'container.apparmor.security.beta.kubernetes.io/b': 'unconfined',
      'container.apparmor.security.beta.kubernetes.io/a': 'unconfined',
      'container.apparmor.security.beta.kubernetes.io/c': 'runtime/default',
    };
    expect(describeViolations(violations('baseline', { spec: { containers: [] }, metadata: { annotations } }))).toBe(
      'forbidden AppArmor profiles (annotations must not set AppArmor profile type to ' +
        '"container.apparmor.security.beta.kubernetes.io/a="unconfined"", "container.apparmor.security.beta.kubernetes.io/b="unconfined"")',
    );
  });

  it('reports rules in the order of the API server: baseline, then restricted, each by id', () => {
    for (const level of ['baseline', 'restricted']) {
      const ids = rules.filter((rule) => rule.level === level).map(({ id }) => id);
      expect(ids).toEqual([...ids].sort());
    }
    expect(rules.map(({ level }) => level).join()).toMatch(/^(baseline,)+(restricted,?)+$/);
  });

  it('overrides only rules that there are', () => {
    const ids = rules.map(({ id }) => id);
    for (const id of rules.flatMap(({ overrides = [] }) => overrides)) expect(ids).toContain(id);
  });
});

describe('levelOf', () => {
  it.each(fixtures)('$name', ({ spec, annotations, baseline, restricted }) => {
    const level = restricted === '' ? 'restricted' : baseline === '' ? 'baseline' : 'privileged';
    expect(levelOf(spec, annotations)).toBe(level);
  });
});
