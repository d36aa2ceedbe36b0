import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import type { PodSecuritySpec } from '../../content/check-schema.ts';
import type { Finding } from '../../contract/verdict.ts';
import { CannotJudge } from '../check.ts';
import { text } from '../network/words.ts';
import type { LiveWorkload } from '../workload/read.ts';
import { desiredOf, rolloutOf } from '../workload/rollout.ts';
import type { PodSecurityFacts } from './facts.ts';
import { describeViolations, violations } from './levels.ts';

const reference = 'https://kubernetes.io/docs/concepts/security/pod-security-standards/';

/** Which of a namespace's workloads a check speaks of. */
export interface Scope {
  /** Workloads that other checks of the lab name: theirs to judge. */
  elsewhere: ReadonlySet<string>;
  /** Whether this check judges what no check names. */
  rest: boolean;
}

/** A verdict on one workload: what is wrong, or that it is too early to say. */
export type WorkloadOutcome = Finding[] | CannotJudge;

/** Each workload that the check names, and with `rest` whatever else is there and doesn't comply. */
export function judgeWorkloads(
  facts: PodSecurityFacts,
  spec: PodSecuritySpec,
  scope: Scope,
  start: readonly KubernetesObject[],
  now: number,
): WorkloadOutcome[] {
  const here = facts.workloads.all.filter(({ namespace }) => namespace === facts.namespace);
  const warned = warnedPods(facts, spec.enforce);
  const named = spec.running.map((name): WorkloadOutcome => {
    const began = start.find(
      ({ kind = '', metadata, ...rest }) =>
        'spec' in rest &&
        kind !== 'Service' &&
        metadata?.name === name &&
        metadata.namespace === facts.namespace &&
        hasPods(kind),
    );
    const object = `${began?.kind ?? 'Deployment'}/${name}`;
    const workload = here.find((each) => each.object === object);
    return workload
      ? judgeRunning(workload, warned, facts, spec, now)
      : [
          {
            expected: runs(name, spec),
            found: text(`${object} 오브젝트가 없습니다.`, `${object} is gone.`),
            where: object,
            reference,
          },
        ];
  });
  if (!scope.rest) return named;
  const others = here.filter(({ live }) => {
    const name = live.metadata?.name ?? '';
    return !spec.running.includes(name) && !scope.elsewhere.has(name);
  });
  return [...named, ...others.map((workload) => judgeOther(workload, warned, spec))];
}

function hasPods(kind: string): boolean {
  return ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod'].includes(kind);
}

function judgeRunning(
  workload: LiveWorkload,
  warned: ReadonlyMap<string, string>,
  { workloads }: PodSecurityFacts,
  spec: PodSecuritySpec,
  now: number,
): WorkloadOutcome {
  const { object } = workload;
  const expected = runs(workload.live.metadata?.name ?? '', spec);
  const inTemplate = violations(spec.enforce, workload.template);
  const rollout = rolloutOf(workload, workloads.refusals, now);
  if (inTemplate.length > 0) {
    const refused = rollout.state === 'failing' && rollout.found.en.includes('violates PodSecurity');
    return [
      {
        expected,
        found: text(
          `${object}: ${spec.enforce}에 맞지 않습니다. ${describeViolations(inTemplate)}`,
          `${object} does not comply with ${spec.enforce}: ${describeViolations(inTemplate)}`,
        ),
        where: object,
        ...(refused
          ? {
              why: text(
                '그래서 새 파드가 거절됩니다 (FailedCreate 이벤트). 이미 도는 파드만 남아 있습니다.',
                'So its new pods are refused, as FailedCreate events say; only pods that ran before are left.',
              ),
            }
          : {}),
        reference,
      },
    ];
  }
  if (desiredOf(workload) === 0) {
    return [
      {
        expected,
        found: text(`${object}: 레플리카가 0입니다.`, `${object} is scaled to zero.`),
        where: object,
        reference,
      },
    ];
  }
  if (rollout.state === 'failing') {
    return [
      { expected, found: rollout.found, where: rollout.where, ...(rollout.why ? { why: rollout.why } : {}), reference },
    ];
  }
  if (rollout.state === 'starting') return new CannotJudge(rollout.found, rollout.where);
  return oldPods(workload, warned, spec);
}

/** What no check names needn't run, but what tries to run must comply. */
function judgeOther(workload: LiveWorkload, warned: ReadonlyMap<string, string>, spec: PodSecuritySpec): Finding[] {
  const { object } = workload;
  const inTemplate = violations(spec.enforce, workload.template);
  if (inTemplate.length === 0) return oldPods(workload, warned, spec);
  if (desiredOf(workload) === 0 && workload.pods.length === 0) return [];
  return [
    {
      expected: text(
        `이 네임스페이스에서 도는 것은 모두 ${spec.enforce}에 맞아야 합니다.`,
        `Whatever runs in this namespace complies with ${spec.enforce}.`,
      ),
      found: text(
        `${object}: ${describeViolations(inTemplate)}`,
        `${object} does not: ${describeViolations(inTemplate)}`,
      ),
      where: object,
      reference,
    },
  ];
}

/** Enforcing never touches pods that are there already. */
function oldPods(
  { pods, object }: LiveWorkload,
  warned: ReadonlyMap<string, string>,
  spec: PodSecuritySpec,
): Finding[] {
  const bad = pods.flatMap(({ metadata }) => {
    const reasons = warned.get(metadata?.name ?? '');
    return reasons === undefined ? [] : [{ name: metadata?.name ?? '', reasons }];
  });
  const [first] = bad;
  if (!first) return [];
  return [
    {
      expected: text(
        `${object}의 파드는 모두 ${spec.enforce}에 맞아야 합니다.`,
        `Every pod of ${object} complies with ${spec.enforce}.`,
      ),
      found: text(`Pod/${first.name}: ${first.reasons}`, `Pod/${first.name} runs on as it was: ${first.reasons}`),
      where: `Pod/${first.name}`,
      why: text(
        'enforce는 이미 도는 파드를 건드리지 않습니다. 파드를 새로 만들어야 합니다.',
        'enforce leaves running pods alone; they have to be replaced.',
      ),
      reference,
    },
  ];
}

/**
 * Pods that the API server's warnings speak of, with its reasons. A warning names one pod and counts the others that
 * have the same reasons: those are found by working out the reasons of each.
 */
export function warnedPods(
  { warnings, workloads }: Pick<PodSecurityFacts, 'warnings' | 'workloads'>,
  level: 'baseline' | 'restricted',
): Map<string, string> {
  const warned = new Map<string, string>();
  const lines = warnings.flatMap((warning) => {
    const match = /^(\S+)(?: \(and \d+ other pods?\))?: (.+)$/.exec(warning);
    return match ? [{ pod: match[1] ?? '', reasons: match[2] ?? '' }] : [];
  });
  for (const { pod, reasons } of lines) {
    warned.set(pod, reasons);
    for (const other of workloads.pods) {
      if (reasonsOf(other, level) === reasons) warned.set(other.metadata?.name ?? '', reasons);
    }
  }
  return warned;
}

function reasonsOf(pod: V1Pod, level: 'baseline' | 'restricted'): string {
  return violations(level, pod)
    .map(({ reason }) => reason)
    .join(', ');
}

function runs(name: string, spec: PodSecuritySpec) {
  return text(
    `${name}: ${spec.enforce}에 맞고, 돌고 있어야 합니다.`,
    `${name} complies with ${spec.enforce}, and runs.`,
  );
}
