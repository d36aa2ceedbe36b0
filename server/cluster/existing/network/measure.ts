import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Namespace, V1Pod } from '@kubernetes/client-node';
import type { NetworkMeasure } from '../../../contract/network.ts';
import type { Log } from '../../../log.ts';
import type { TrialAnswer } from '../../cluster.ts';
import type { Kube } from '../../kube.ts';
import { awaitPod } from '../probe/await-pod.ts';
import { isHopeless } from '../probe/probe-container.ts';
import { runInContainer } from '../probe/run-in-container.ts';
import { answersOf, trying } from '../probe/try-flows.ts';
import {
  allowedPort,
  deniedPort,
  measureLabel,
  measureName,
  measureNamespace,
  measurePolicy,
  sourcePod,
  targetPod,
} from './objects.ts';

/** How long pods may take to run, their image pulled. */
const podsMs = 120_000;
/** How long it may take until the pods reach each other, and until the policy is in force. */
const spreadMs = 10_000;
const pauseMs = 200;
/** A namespace of this age was left behind by a platform that broke off. */
const abandonedMs = 10 * 60_000;

/**
 * Measures whether the network enforces NetworkPolicy: two pods in a namespace of their own reach each other on two ports;
 * then a policy allows one of these, and the other must fail. The namespace is deleted at the end.
 * @returns `unknown` with the reason when that could not be done.
 * @throws the signal's reason when aborted
 */
export async function measureNetwork(
  kube: Kube,
  image: string,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<NetworkMeasure> {
  const namespace = `haechi-network-${randomBytes(3).toString('hex')}`;
  try {
    await deleteAbandoned(kube, signal);
    await create(kube, '/api/v1/namespaces', measureNamespace(namespace), signal);
    return await measureIn(kube, namespace, image, signal);
  } catch (error) {
    signal.throwIfAborted();
    log.warn({ err: error }, 'the network could not be measured');
    return unknown(error instanceof Error ? error.message : String(error));
  } finally {
    // Also when aborted; what is in it goes by itself.
    await kube
      .request('DELETE', `/api/v1/namespaces/${namespace}`, { signal: AbortSignal.timeout(3000) })
      .catch((error: unknown) => log.warn({ err: error, namespace }, 'a namespace of the platform is left behind'));
  }
}

async function measureIn(kube: Kube, namespace: string, image: string, signal: AbortSignal): Promise<NetworkMeasure> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(podsMs)]);
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  await Promise.all([targetPod(image), sourcePod(image)].map((pod) => create(kube, pods, pod, within)));
  const [ip] = await Promise.all([
    awaitPod(kube, { namespace, pod: 'target' }, readyAddress, within),
    awaitPod(kube, { namespace, pod: 'source' }, readyAddress, within),
  ]);
  const flows = [allowedPort, deniedPort].map((port) => ({ ip, port, protocol: 'TCP' as const }));
  const source = { namespace, pod: 'source', container: 'source' };
  const round = async () => answersOf(flows, await runInContainer(kube, source, { ...trying(flows), signal }));

  const open = await until(round, (answers) => answers.every((answer) => answer === 'answered'), signal);
  if (!open.reached) return unknown(`pods do not reach each other without policies (${open.answers.join(', ')})`);
  await create(kube, `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`, measurePolicy(), signal);
  const closed = await until(round, ([allowed, denied]) => allowed === 'answered' && denialOf(denied) !== null, signal);
  const [allowed, denied] = closed.answers;
  if (allowed !== 'answered') return unknown(`a port that a policy allows is blocked (${allowed ?? ''})`);
  if (denied === 'answered') return { policies: 'ignored', denial: 'silent', reason: '' };
  const denial = denialOf(denied);
  if (denial === null) return unknown('a connection could not be tried');
  return { policies: 'enforced', denial, reason: '' };
}

async function until(
  round: () => Promise<TrialAnswer[]>,
  isReached: (answers: TrialAnswer[]) => boolean,
  signal: AbortSignal,
): Promise<{ reached: boolean; answers: TrialAnswer[] }> {
  const deadline = Date.now() + spreadMs;
  for (;;) {
    const answers = await round();
    if (isReached(answers)) return { reached: true, answers };
    if (Date.now() > deadline) return { reached: false, answers };
    await sleep(pauseMs, undefined, { signal });
  }
}

function denialOf(answer: TrialAnswer | undefined): NetworkMeasure['denial'] | null {
  return answer === 'silent' || answer === 'refused' || answer === 'unreachable' ? answer : null;
}

function readyAddress({ status }: V1Pod): string | undefined {
  const { reason = '', message = '' } = status?.containerStatuses?.[0]?.state?.waiting ?? {};
  if (isHopeless(reason)) throw new Error(`${reason}: ${message}`);
  const ready = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  return ready ? status?.podIP : undefined;
}

async function create(kube: Kube, path: string, body: object, signal: AbortSignal): Promise<void> {
  await kube.request('POST', path, { body, signal });
}

async function deleteAbandoned(kube: Kube, signal: AbortSignal): Promise<void> {
  const query = { labelSelector: `${measureLabel}=${measureName}` };
  const { value } = await kube.request<{ items: V1Namespace[] }>('GET', '/api/v1/namespaces', { query, signal });
  const old = value.items.filter(
    ({ metadata }) => Date.now() - new Date(metadata?.creationTimestamp ?? Date.now()).getTime() > abandonedMs,
  );
  await Promise.all(
    old.map(({ metadata }) => kube.request('DELETE', `/api/v1/namespaces/${metadata?.name ?? ''}`, { signal })),
  );
}

function unknown(reason: string): NetworkMeasure {
  return { policies: 'unknown', denial: 'silent', reason };
}
