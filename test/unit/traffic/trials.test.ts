import { describe, expect, it } from 'vitest';
import type { FlowProber, FlowTrial, TrialAnswer, TrialAnswers } from '../../../server/cluster/cluster.ts';
import { TrafficSpec } from '../../../server/content/check-schema.ts';
import type { NetworkMeasure } from '../../../server/contract/network.ts';
import type { Facts } from '../../../server/grader/traffic/facts.ts';
import { compare } from '../../../server/grader/traffic/trials/compare.ts';
import { situationOf, TrialMemory } from '../../../server/grader/traffic/trials/memory.ts';
import { keyOf, planTrials } from '../../../server/grader/traffic/trials/plan.ts';
import { proofOf } from '../../../server/grader/traffic/trials/proof.ts';
import { runTrials } from '../../../server/grader/traffic/trials/run.ts';
import { deployment, factsOf } from './build.ts';

const enforced: NetworkMeasure = { policies: 'enforced', denial: 'silent', reason: '' };
const pace = { spreadMs: 60, pauseMs: 5 };
const signal = AbortSignal.timeout(60_000);

const pieces = () => [
  deployment('production/web', { ports: [8080] }),
  deployment('production/db', { ports: [5432] }),
  deployment('production/node', { spec: { hostNetwork: true } }),
];
const closed = 'name: close-db\nspec: { podSelector: { matchLabels: { app: db } }, policyTypes: [Ingress] }';
const spec = TrafficSpec.parse({
  allow: [
    { from: 'production/db', to: 'production/web', port: 8080 },
    { from: 'production/*', to: 'dns' },
  ],
  others: 'deny',
});

interface Asked {
  pod: string;
  flows: readonly FlowTrial[];
}

/** Answers as `answer` says, and remembers what it was asked. */
function prober(answer: (flow: FlowTrial, round: number) => TrialAnswer, network = enforced) {
  const asked: Asked[] = [];
  const rounds = new Map<string, number>();
  const fake: FlowProber = {
    network: () => Promise.resolve(network),
    prepare: () => Promise.resolve(),
    tryFlows: ({ namespace, pod }, flows): Promise<TrialAnswers> => {
      const name = `${namespace}/${pod}`;
      const round = rounds.get(name) ?? 0;
      rounds.set(name, round + 1);
      asked.push({ pod: name, flows });
      return Promise.resolve({ result: 'tried', answers: flows.map((flow) => answer(flow, round)) });
    },
  };
  return { fake, asked };
}

async function judged(facts: Facts, answer: (flow: FlowTrial, round: number) => TrialAnswer, network = enforced) {
  const trials = planTrials(facts, spec);
  const { fake, asked } = prober(answer, network);
  const tried = await runTrials(trials, fake, signal, pace);
  return { ...compare(trials, tried), asked, trials, tried };
}

/** The engine's own verdict as packets would show it. */
const truth =
  (facts: Facts) =>
  ({ ip, port, protocol }: FlowTrial): TrialAnswer => {
    const trial = planTrials(facts, spec).find(
      (each) => each.target.ips[0] === ip && each.port === port && each.protocol === protocol,
    );
    return trial?.verdict.allowed ? 'answered' : 'silent';
  };

describe('planTrials', () => {
  it('tries what packets can decide: pods that run, TCP on declared ports, and cluster DNS', () => {
    expect(planTrials(factsOf(pieces(), closed), spec).map(keyOf)).toEqual([
      'production/db-rs-0 → production/web-rs-0:8080/TCP',
      'production/db-rs-0 → kube-system/coredns:53/UDP',
      'production/db-rs-0 → kube-system/coredns:53/TCP',
      'production/web-rs-0 → kube-system/coredns:53/UDP',
      'production/web-rs-0 → kube-system/coredns:53/TCP',
      'production/web-rs-0 → production/db-rs-0:5432/TCP',
    ]);
  });

  it('leaves out pods that do not run, and those that end', () => {
    const facts = factsOf(pieces(), closed);
    for (const { pods } of facts.workloads) {
      for (const pod of pods) if (pod.metadata?.name === 'db-rs-0' && pod.status) pod.status.phase = 'Pending';
    }
    expect(planTrials(facts, spec).map(keyOf)).toEqual([
      'production/web-rs-0 → kube-system/coredns:53/UDP',
      'production/web-rs-0 → kube-system/coredns:53/TCP',
    ]);
  });
});

it.each([
  ['answered', 'silent', 'passed'],
  ['refused', 'silent', 'passed'],
  ['silent', 'silent', 'dropped'],
  ['unreachable', 'silent', null],
  ['failed', 'silent', null],
  ['refused', 'refused', null],
  ['silent', 'refused', 'dropped'],
  ['unreachable', 'unreachable', 'dropped'],
  ['refused', 'unreachable', 'passed'],
] as const)('%s proves, where denied packets are %s: %s', (answer, denial, proof) => {
  expect(proofOf(answer, { denial })).toBe(proof);
});

describe('trials', () => {
  it('are one program a pod, and made once where they agree', async () => {
    const facts = factsOf(pieces(), closed);
    const { contradictions, note, asked } = await judged(facts, truth(facts));
    expect(asked.map(({ pod, flows }) => `${pod} ${flows.length}`)).toEqual([
      'production/db-rs-0 3',
      'production/web-rs-0 3',
    ]);
    expect(contradictions).toEqual([]);
    expect(note).toEqual({
      ko: '흐름 6개는 파드에서 실제로 연결해 보았고, 결과가 같았습니다.',
      en: '6 flows were also tried with real packets from the pods, with the same result.',
    });
  });

  it('that contradict the engine are made again, alone, until the policy is in force', async () => {
    const facts = factsOf(pieces(), closed);
    const { contradictions, asked } = await judged(facts, (flow, round) =>
      flow.port === 5432 && round < 2 ? 'answered' : truth(facts)(flow),
    );
    expect(contradictions).toEqual([]);
    expect(asked.map(({ pod, flows }) => `${pod} ${flows.length}`)).toEqual([
      'production/db-rs-0 3',
      'production/web-rs-0 3',
      'production/web-rs-0 1',
      'production/web-rs-0 1',
    ]);
  });

  it('that go on passing are told with what the policies say', async () => {
    const facts = factsOf(pieces(), closed);
    const { contradictions, note } = await judged(facts, (flow) =>
      flow.port === 5432 ? 'refused' : truth(facts)(flow),
    );
    expect(contradictions).toEqual([
      {
        expected: {
          ko: '정책을 계산한 결과와 실제 패킷의 결과가 같아야 합니다.',
          en: 'What the policies say is what real packets do.',
        },
        found: {
          ko: '정책으로는 막혀야 하지만 실제 패킷은 통했습니다: production/web → production/db:5432 (web-rs-0 → db-rs-0)',
          en: 'By the policies it is blocked, yet real packets passed: production/web → production/db:5432 (web-rs-0 → db-rs-0)',
        },
        where: 'NetworkPolicy/close-db',
        why: {
          ko: expect.stringMatching(
            /^.+ 클러스터의 네트워크가 정책을 아직 적용하는 중이거나 다르게 적용합니다. 곧 다시 판정합니다.$/,
          ) as string,
          en: expect.stringMatching(
            /^.+ The cluster’s network is still putting the policies in force, or does so otherwise. It will be tried again.$/,
          ) as string,
        },
      },
    ]);
    expect(note?.en).toBe('5 flows were also tried with real packets from the pods, with the same result.');
  });

  it('that get no answer are told as well', async () => {
    const facts = factsOf(pieces(), '');
    const { contradictions } = await judged(facts, ({ port, protocol }) =>
      port === 53 && protocol === 'UDP' ? 'silent' : 'answered',
    );
    expect(contradictions.map(({ found }) => found)).toEqual([
      {
        ko: '정책으로는 통해야 하지만 실제 패킷에는 답이 없었습니다: production/db → dns:53/UDP (db-rs-0 → coredns), production/web → dns:53/UDP (web-rs-0 → coredns)',
        en: 'By the policies it passes, yet real packets got no answer: production/db → dns:53/UDP (db-rs-0 → coredns), production/web → dns:53/UDP (web-rs-0 → coredns)',
      },
    ]);
  });

  it.each([
    [
      'ignored',
      '정책만으로 판정했습니다. 이 클러스터의 네트워크는 NetworkPolicy를 적용하지 않습니다.',
      'Judged by the policies alone: this cluster’s network does not enforce NetworkPolicy.',
    ],
    [
      'unknown',
      '정책만으로 판정했습니다. 이 클러스터의 네트워크가 NetworkPolicy를 적용하는지 알 수 없습니다 (no image).',
      'Judged by the policies alone: whether this cluster’s network enforces NetworkPolicy is not known (no image).',
    ],
  ] as const)('are not made where policies are %s', async (policies, ko, en) => {
    const network = { policies, denial: 'silent', reason: policies === 'unknown' ? 'no image' : '' } as const;
    const { contradictions, note, asked } = await judged(factsOf(pieces(), closed), () => 'answered', network);
    expect({ contradictions, note, asked }).toEqual({ contradictions: [], note: { ko, en }, asked: [] });
  });

  it('that a pod refuses are told, and the others count', async () => {
    const facts = factsOf(pieces(), closed);
    const { fake } = prober(truth(facts));
    const trials = planTrials(facts, spec);
    const refusing: FlowProber = {
      ...fake,
      tryFlows: (from, flows, until) =>
        from.pod === 'web-rs-0'
          ? Promise.resolve({ result: 'impossible', detail: 'forbidden' })
          : fake.tryFlows(from, flows, until),
    };
    expect(compare(trials, await runTrials(trials, refusing, signal, pace))).toEqual({
      contradictions: [],
      note: {
        ko: '흐름 3개는 파드에서 실제로 연결해 보았고, 결과가 같았습니다. production/web-rs-0에서는 연결해 볼 수 없어 정책만으로 판정했습니다 (forbidden).',
        en: '3 flows were also tried with real packets from the pods, with the same result. Flows from production/web-rs-0 could not be tried, and are judged by the policies alone (forbidden).',
      },
    });
  });

  it('of refusals that the network may have sent prove nothing, and nothing is said of them', async () => {
    const rejecting = { ...enforced, denial: 'refused' } as const;
    const { contradictions, note } = await judged(factsOf(pieces(), closed), () => 'refused', rejecting);
    expect({ contradictions, note }).toEqual({ contradictions: [], note: null });
  });
});

describe('TrialMemory', () => {
  it('keeps what agreed until something changes that packets depend on', async () => {
    const facts = factsOf(pieces(), closed);
    const { trials, tried } = await judged(facts, truth(facts));
    const memory = new TrialMemory();
    memory.keep(situationOf(facts, trials), trials, tried);
    expect(memory.recall(situationOf(facts, trials))).toBe(tried);
    const other = factsOf(pieces(), '');
    expect(memory.recall(situationOf(other, planTrials(other, spec)))).toBeNull();
    memory.forget();
    expect(memory.recall(situationOf(facts, trials))).toBeNull();
  });

  it('keeps nothing that contradicts the engine', async () => {
    const facts = factsOf(pieces(), closed);
    const { trials, tried } = await judged(facts, () => 'answered');
    const memory = new TrialMemory();
    memory.keep(situationOf(facts, trials), trials, tried);
    expect(memory.recall(situationOf(facts, trials))).toBeNull();
  });
});
