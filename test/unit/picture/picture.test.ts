import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { TrafficSpec } from '../../../server/content/check-schema.ts';
import { Picture } from '../../../server/contract/picture.ts';
import { drawFacts } from '../../../server/grader/picture/picture.ts';
import type { Facts } from '../../../server/grader/traffic/facts.ts';
import { deployment, factsOf } from '../traffic/build.ts';
import { fix, shop, tiers } from '../traffic/shop.ts';

function draw(facts: Facts, ...specs: unknown[]): Picture {
  // The contract's schema is what the web reads.
  return Picture.parse(
    drawFacts(
      facts,
      specs.map((spec) => TrafficSpec.parse(spec)),
      'production',
    ),
  );
}

const flowsOf = ({ flows }: Picture, ...states: string[]) =>
  flows.filter(({ state }) => states.includes(state)).map(({ id, state }) => `${state} ${id}`);

describe('flows', () => {
  test('of the right fix: what is needed passes, the rest is blocked', () => {
    const picture = draw(factsOf(shop(), fix()), tiers);
    expect(flowsOf(picture, 'required', 'missing', 'open', 'free')).toEqual([
      'required production/api→production/db:5432/TCP',
      'required production/frontend→production/api:8080/TCP',
    ]);
    expect(flowsOf(picture, 'blocked')).toContain('blocked production/debug→production/db:5432/TCP');
    expect(flowsOf(picture, 'blocked')).toContain('blocked production/api→internet:443/TCP');
  });

  test('of the untouched start: all is open', () => {
    const picture = draw(factsOf(shop(), ''), tiers);
    expect(flowsOf(picture, 'missing', 'blocked', 'free')).toEqual([]);
    expect(picture.flows.find(({ id }) => id === 'production/debug→production/db:5432/TCP')).toEqual({
      id: 'production/debug→production/db:5432/TCP',
      from: 'production/debug',
      to: 'production/db',
      port: 5432,
      protocol: 'TCP',
      state: 'open',
      why: [
        {
          text: {
            ko: 'production/debug의 egress를 제한하는 정책이 없습니다.',
            en: 'No policy restricts egress of production/debug.',
          },
          where: '',
        },
        {
          text: {
            ko: 'production/db의 ingress를 제한하는 정책이 없습니다.',
            en: 'No policy restricts ingress of production/db.',
          },
          where: '',
        },
      ],
    });
  });

  test('a needed one that is blocked is missing, and says why', () => {
    const picture = draw(factsOf(shop(), fix({ dbIn: '' })), tiers);
    const [flow] = picture.flows.filter(({ state }) => state === 'missing');
    expect(flow?.id).toBe('production/api→production/db:5432/TCP');
    expect(flow?.why.map(({ text, where }) => `${where}: ${text.en}`)).toEqual([
      'NetworkPolicy/api-out egress[0]: api-out lets out to pods with app=db in production on 5432/TCP.',
      'NetworkPolicy/default-deny: default-deny lets nothing in.',
    ]);
  });

  test('without a traffic check, only what passes is drawn', () => {
    expect(new Set(draw(factsOf(shop(), '')).flows.map(({ state }) => state))).toEqual(new Set(['free']));
    expect(draw(factsOf(shop(), fix())).flows.map(({ id }) => id)).toEqual([
      'production/api→production/db:5432/TCP',
      'production/frontend→production/api:8080/TCP',
    ]);
  });

  test('of several checks, what one needs the other does not forbid', () => {
    const second = { allow: [{ from: 'production/frontend', to: 'production/api', port: 8080 }] };
    const closed = { others: 'deny' };
    const picture = draw(factsOf(shop(), fix()), second, closed);
    expect(flowsOf(picture, 'required')).toEqual(['required production/frontend→production/api:8080/TCP']);
    expect(flowsOf(picture, 'open')).toEqual(['open production/api→production/db:5432/TCP']);
  });

  test('a range that a check names is one node, its exception another', () => {
    const spec = {
      allow: [{ from: 'production/api', to: '203.0.113.0/24', port: 443 }],
      deny: [{ from: 'production/api', to: '203.0.113.66', port: 443 }],
    };
    const picture = draw(factsOf(shop(), ''), spec);
    expect(picture.nodes.filter(({ kind }) => kind !== 'workload').map(({ id, kind }) => `${kind} ${id}`)).toEqual([
      'internet internet',
      'metadata metadata',
      'address 203.0.113.0/24',
      'address 203.0.113.66',
    ]);
    expect(flowsOf(picture, 'required', 'open')).toEqual([
      'required production/api→203.0.113.0/24:443/TCP',
      'open production/api→203.0.113.66:443/TCP',
    ]);
  });

  test('from the internet only where a check speaks of it', () => {
    const spec = { allow: [{ from: 'internet', to: 'production/frontend', port: 8080 }] };
    const from = (picture: Picture) => picture.flows.filter((flow) => flow.from === 'internet').map(({ id }) => id);
    expect(from(draw(factsOf(shop(), ''), tiers))).toEqual([]);
    expect(from(draw(factsOf(shop(), ''), spec))).toEqual(['internet→production/frontend:8080/TCP']);
  });
});

describe('nodes', () => {
  const node = (facts: Facts, id: string) => draw(facts).nodes.find((each) => each.id === id);

  test('a workload with its ports, pods and level', () => {
    const pieces = shop();
    for (const each of pieces[1]?.pods.slice(0, 1) ?? []) ready(each);
    expect(node(factsOf(pieces, ''), 'production/api')).toEqual({
      id: 'production/api',
      kind: 'workload',
      origin: 'scenario',
      namespace: 'production',
      name: 'api',
      ports: ['8080/TCP'],
      pods: { ready: 1, total: 2 },
      trouble: 'Running',
      level: 'baseline',
    });
  });

  test("the learner's own are told apart", () => {
    const facts = factsOf(shop(), '', { learner: [deployment('production/tool')] });
    expect(node(facts, 'production/tool')?.origin).toBe('learner');
  });

  const troubles: [string, V1Pod['status'], string][] = [
    ['ready', { conditions: [condition('Ready', 'True')] }, ''],
    ['crashing', containers({ waiting: { reason: 'CrashLoopBackOff' } }), 'CrashLoopBackOff'],
    ['no image', containers({ waiting: { reason: 'ImagePullBackOff' } }), 'ImagePullBackOff'],
    ['starting', containers({ waiting: { reason: 'ContainerCreating' } }), 'ContainerCreating'],
    ['ended in error', containers({ terminated: { exitCode: 1, reason: 'Error' } }), 'Error'],
    ['unscheduled', { conditions: [condition('PodScheduled', 'False', 'Unschedulable')] }, 'Unschedulable'],
    ['not ready', { conditions: [condition('Ready', 'False', 'ContainersNotReady')] }, 'ContainersNotReady'],
    ['nothing known', { phase: 'Pending' }, 'Pending'],
  ];
  test.for(troubles)('trouble: %s', ([, status, trouble]) => {
    const piece = deployment('production/api');
    for (const pod of piece.pods) pod.status = status;
    expect(node(factsOf([piece], ''), 'production/api')?.trouble).toBe(trouble);
  });

  test('the gravest of several', () => {
    const piece = deployment('production/api', { replicas: 2 });
    const [first, second] = piece.pods;
    if (first) first.status = containers({ waiting: { reason: 'ContainerCreating' } }) ?? {};
    if (second) second.status = containers({ waiting: { reason: 'CreateContainerConfigError' } }) ?? {};
    expect(node(factsOf([piece], ''), 'production/api')?.trouble).toBe('CreateContainerConfigError');
  });

  test('a Deployment whose pods are refused says so', () => {
    const piece = deployment('production/api');
    piece.start.spec = { ...piece.start.spec, replicas: 2 };
    piece.start.status = { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' }] };
    expect(node(factsOf([{ ...piece, pods: [] }], ''), 'production/api')).toMatchObject({
      pods: { ready: 0, total: 2 },
      trouble: 'FailedCreate',
    });
  });

  test('a privileged pod that lives on keeps its workload down', () => {
    const piece = deployment('production/api', { spec: { hostNetwork: true } });
    expect(node(factsOf([piece], ''), 'production/api')?.level).toBe('privileged');
  });
});

test('namespaces with their level and policies', () => {
  const facts = factsOf(shop(), fix());
  const production = facts.namespaces[0]?.object;
  if (production?.metadata) production.metadata.labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  expect(draw(facts, tiers).namespaces).toEqual([
    { name: 'production', main: true, enforce: 'restricted', policies: 6 },
    { name: 'staging', main: false, enforce: '', policies: 1 },
  ]);
});

function condition(type: string, status: string, reason?: string) {
  return { type, status, ...(reason ? { reason } : {}) };
}

function containers(
  state: NonNullable<NonNullable<V1Pod['status']>['containerStatuses']>[number]['state'],
): V1Pod['status'] {
  return {
    containerStatuses: [
      { name: 'main', image: '', imageID: '', ready: false, restartCount: 0, ...(state ? { state } : {}) },
    ],
  };
}

function ready(pod: V1Pod): void {
  pod.status = { conditions: [condition('Ready', 'True')] };
}
