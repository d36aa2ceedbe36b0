import type { PodSecuritySpec } from '../../content/check-schema.ts';
import type { Text } from '../../contract/text.ts';
import type { Finding } from '../../contract/verdict.ts';
import { CannotJudge } from '../check.ts';
import { text } from '../network/words.ts';
import type { PodSecurityFacts } from './facts.ts';
import { enforced, labels } from './labels.ts';

export const reference = 'https://kubernetes.io/docs/concepts/security/pod-security-admission/';

/** Whether the namespace says that the level is enforced. */
export function judgeLabels({ namespace, labels: own, minor }: PodSecurityFacts, spec: PodSecuritySpec): Finding[] {
  const state = enforced(own, spec.enforce, minor);
  if (state === 'holds') return [];
  const said = saying(state, spec.enforce, own, minor);
  return [
    {
      expected: text(
        `${namespace} 네임스페이스: ${labels.enforce} 레이블이 ${spec.enforce}입니다.`,
        `The namespace ${namespace} enforces ${spec.enforce}, by its label ${labels.enforce}.`,
      ),
      ...said,
      where: `Namespace/${namespace}`,
      reference,
    },
  ];
}

function saying(
  state: 'missing' | 'lower' | 'pinned',
  level: string,
  own: Record<string, string>,
  minor: number,
): Pick<Finding, 'found' | 'why'> {
  const version = own[labels.enforceVersion] ?? '';
  const soft = [labels.warn, labels.audit].some((label) => own[label] === level)
    ? {
        why: text(
          'warn과 audit은 알리기만 합니다. 거절하는 것은 enforce뿐입니다.',
          'warn and audit only tell; enforce alone refuses.',
        ),
      }
    : {};
  switch (state) {
    case 'missing':
      return {
        found: text(`${labels.enforce} 레이블이 없습니다.`, `There is no label ${labels.enforce}.`),
        ...soft,
      };
    case 'lower':
      return {
        found: text(
          `${labels.enforce} 레이블이 ${own[labels.enforce] ?? ''}입니다.`,
          `The label ${labels.enforce} is ${own[labels.enforce] ?? ''}.`,
        ),
        ...soft,
      };
    case 'pinned':
      return {
        found: text(
          `${labels.enforceVersion} 레이블이 ${version}에 묶여 있습니다.`,
          `The label ${labels.enforceVersion} is pinned to ${version}.`,
        ),
        why: text(
          `${version}의 표준에는 그 뒤에 더해진 규칙이 없습니다. 이 클러스터는 v1.${minor}입니다. 레이블을 빼거나 latest로 두세요.`,
          `The standard of ${version} lacks the rules that came later; this cluster is v1.${minor}. Remove the label, or set it to latest.`,
        ),
      };
  }
}

/**
 * Whether the API server refuses what it must, and admits what it must.
 * @throws CannotJudge when something else stands before Pod Security.
 */
export function judgeProbes({ namespace, probed }: PodSecurityFacts, spec: PodSecuritySpec): Finding[] {
  const admitted = probed.flatMap(({ flaw, answer }) => (flaw && answer === 'admitted' ? [flaw] : []));
  const where = `Namespace/${namespace}`;
  if (admitted.length > 0) {
    return [
      {
        expected: text(
          `${namespace} 네임스페이스는 ${spec.enforce}에 맞지 않는 파드를 거절합니다.`,
          `The namespace ${namespace} refuses pods that don't comply with ${spec.enforce}.`,
        ),
        found: text(
          `API 서버가 받아들입니다: ${list(admitted, 'ko')}`,
          `The API server admits ${list(admitted, 'en')}.`,
        ),
        where,
        why: text(
          '레이블은 맞지만 이 네임스페이스가 Pod Security의 예외로 설정되어 있습니다.',
          'The labels are right, but the cluster exempts this namespace from Pod Security.',
        ),
        reference,
      },
    ];
  }
  const good = probed.find(({ flaw }) => flaw === null);
  if (good?.answer === 'refused') {
    return [
      {
        expected: text(
          `${namespace} 네임스페이스는 restricted에 맞는 파드를 받아들입니다.`,
          `The namespace ${namespace} admits a pod that complies with restricted.`,
        ),
        found: text(`거절됩니다: ${good.message}`, `It is refused: ${good.message}`),
        where,
        reference,
      },
    ];
  }
  const blocked = probed.find(({ answer }) => answer === 'other');
  if (blocked) {
    throw new CannotJudge(
      text(
        `시험 파드를 다른 것이 먼저 거절했습니다: ${blocked.message}`,
        `Something else refused a trial pod before Pod Security could judge it: ${blocked.message}`,
      ),
      where,
    );
  }
  return [];
}

function list(texts: readonly Text[], language: 'ko' | 'en'): string {
  return texts.map((each) => each[language]).join(', ');
}
