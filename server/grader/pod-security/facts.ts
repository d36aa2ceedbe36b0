import type { V1Namespace, V1Pod } from '@kubernetes/client-node';
import { find } from '../../cluster/find.ts';
import { KubeError } from '../../cluster/kube-error.ts';
import type { PodSecuritySpec } from '../../content/check-schema.ts';
import type { Text } from '../../contract/text.ts';
import { CannotJudge, type JudgeContext } from '../check.ts';
import { text } from '../network/words.ts';
import { once } from '../once.ts';
import { readWorkloads, type Workloads } from '../workload/read.ts';
import { enforced, labels } from './labels.ts';
import { probePods } from './probe-pods.ts';

/** What the API server did with a pod, in a dry run. */
export interface Probed {
  /** What is wrong with the pod; null if nothing is. */
  flaw: Text | null;
  /** `other`: something refused it before Pod Security could judge. */
  answer: 'admitted' | 'refused' | 'other';
  message: string;
}

export interface PodSecurityFacts {
  namespace: string;
  labels: Record<string, string>;
  /** The server's minor version, 37 for v1.37. */
  minor: number;
  /** Empty while the labels don't enforce the level: what would be refused is no question then. */
  probed: readonly Probed[];
  /** The API server's own words on pods that are there and don't comply. */
  warnings: readonly string[];
  workloads: Workloads;
}

/**
 * @throws CannotJudge when the namespace is gone; KubeError or a network error when the API can't be reached.
 */
export async function gatherFacts(spec: PodSecuritySpec, context: JudgeContext): Promise<PodSecurityFacts> {
  const { kube, names, signal } = context;
  const name = names.namespaces[spec.namespace] ?? spec.namespace;
  const [namespace, version, workloads] = await Promise.all([
    once(context, `Namespace ${name}`, () => readNamespace(name, context)),
    once(context, 'version', () => kube.request<{ minor: string }>('GET', '/version', { signal })),
    readWorkloads(context, [name]),
  ]);
  const own = namespace.metadata?.labels ?? {};
  const minor = Number.parseInt(version.value.minor, 10);
  const holds = enforced(own, spec.enforce, minor) === 'holds';
  const [probed, warnings] = await Promise.all([
    holds
      ? once(context, `probes of ${spec.enforce} in ${name}`, () =>
          Promise.all(probePods(spec.enforce).map((probe) => dryRun(name, probe, context))),
        )
      : [],
    once(context, `warnings of ${spec.enforce} in ${name}`, () => warningsOf(name, own, spec.enforce, minor, context)),
  ]);
  return { namespace: name, labels: own, minor, probed, warnings, workloads };
}

async function readNamespace(name: string, { kube, signal }: JudgeContext): Promise<V1Namespace> {
  const namespace = await find<V1Namespace>(kube, `/api/v1/namespaces/${name}`, signal);
  if (namespace) return namespace;
  throw new CannotJudge(
    text(
      `${name} 네임스페이스가 없습니다. 실습을 처음 상태로 되돌려 주세요.`,
      `The namespace ${name} is gone. Reset the lab to its start.`,
    ),
    `Namespace/${name}`,
  );
}

async function dryRun(
  namespace: string,
  { flaw, pod }: { flaw: Text | null; pod: V1Pod },
  { kube, signal }: JudgeContext,
): Promise<Probed> {
  try {
    await kube.request('POST', `/api/v1/namespaces/${namespace}/pods`, {
      query: { dryRun: 'All' },
      body: pod,
      signal,
    });
    return { flaw, answer: 'admitted', message: '' };
  } catch (error) {
    if (!(error instanceof KubeError) || error.status >= 500 || error.status === 429) throw error;
    return { flaw, answer: answerOf(error.message), message: error.message };
  }
}

/** Pod Security is told from other admission by its words. Quota is asked last, so its refusal means that it let pass. */
export function answerOf(message: string): Probed['answer'] {
  if (message.includes('violates PodSecurity')) return 'refused';
  return message.includes('exceeded quota') ? 'admitted' : 'other';
}

/**
 * Asks what a change to the level would break. The API server looks at existing pods only if the policy differs from
 * what is there, so the same version is said in its other way: `latest` or by number.
 */
async function warningsOf(
  namespace: string,
  own: Record<string, string>,
  level: string,
  minor: number,
  { kube, signal }: JudgeContext,
): Promise<string[]> {
  const version = own[labels.enforceVersion] === `v1.${minor}` ? 'latest' : `v1.${minor}`;
  const { warnings } = await kube.request('PATCH', `/api/v1/namespaces/${namespace}`, {
    query: { dryRun: 'All' },
    contentType: 'application/merge-patch+json',
    body: { metadata: { labels: { [labels.enforce]: level, [labels.enforceVersion]: version } } },
    signal,
  });
  return warnings;
}
