import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { apply, applyAll, create } from '../cluster/apply.ts';
import { podReaches } from '../content/terminal-reach.ts';
import type { Progress } from '../contract/progress.ts';
import type { Text } from '../contract/text.ts';
import { HaechiError } from '../errors.ts';
import type { WorkspaceSetup } from '../terminal/service.ts';
import { learnerKubeconfig, namespaceGuards, rightsObjects } from './account.ts';
import { cleanUp, isClean } from './clean-up.ts';
import type { Environment } from './environment.ts';
import { attemptLabel } from './labels.ts';
import type { Plot } from './plot.ts';

type Report = (progress: Progress) => void;

/** How long pods may take before set-up counts as failed. */
const podsReadyWithin = 60_000;

/** How long a learner's token holds; it is renewed whenever the workspace is prepared. */
const tokenSeconds = 24 * 3600;

/** Makes room for an attempt's start. @returns REST paths of what is there already as the start wants it. */
export type Clear = (plot: Plot, environment: Environment, signal: AbortSignal) => Promise<ReadonlySet<string>>;

/** Removes whatever has the attempt's names. Nothing is asked for where it is known that there is nothing: most begin so. */
const clearAll: Clear = async ({ attempt, names, start }, { applier, mirror }, signal) => {
  if (!isClean(mirror, attempt, names, start)) await cleanUp(applier, attempt, names, start, signal);
  return new Set();
};

/**
 * Sets up an attempt: what an earlier one of the same names left goes first. Where it fails or is aborted, the caller
 * cleans up; what was asked of the API server by then has been answered.
 * @param clear how room is made: `clearInPlace` where the attempt is there and is started over.
 */
export async function setUp(
  plot: Plot,
  environment: Environment,
  report: Report,
  signal: AbortSignal,
  clear: Clear = clearAll,
): Promise<void> {
  const { attempt, names, start } = plot;
  const { applier } = environment;
  const step = (name: string, ko: string, en: string, total: number | null = null) => {
    signal.throwIfAborted();
    const startedAt = new Date().toISOString();
    return (done: number) =>
      report({
        step: name,
        title: { ko, en },
        fraction: total === null ? null : done / total,
        startedAt,
        ...(total === null ? {} : { done, total, unit: 'objects' as const }),
      });
  };
  step('clean', '지난 실습을 치우는 중', 'Clearing what was there before')(0);
  const there = await clear(plot, environment, signal);
  const paths = await Promise.all(start.map((object) => applier.paths.pathOf(object)));
  const guards = [...rightsObjects(attempt, names), ...namespaceGuards(attempt, names)];
  const all = [
    ...start.filter((_, index) => !there.has(paths[index] ?? '')).map((object) => withLabel(object, attempt)),
    ...guards,
  ];
  // Where the namespaces have stayed, what contains their learner has, too.
  const isThere = (object: KubernetesObject) => there.size > 0 && guards.includes(object);
  const write: typeof apply = (to, object, ...rest) => (isThere(object) ? apply : create)(to, object, ...rest);
  const quotas = all.filter(({ kind }) => kind === 'ResourceQuota');
  const objects = all.filter((object) => !quotas.includes(object));
  const applied = step('apply', '네임스페이스를 만드는 중', 'Setting up the namespaces', objects.length);
  applied(0);
  let words: Text | undefined;
  const tellWords = () => {
    if (words && !signal.aborted) step('terminal', words.ko, words.en)(0);
  };
  const workspace = workspaceOf(plot, environment)
    .then((setup) =>
      environment.terminals.reset(setup, (newest) => {
        words = newest;
        tellWords();
      }),
    )
    .finally(() => {
      words = undefined;
    });
  // A request that is given up may still be carried out, after a clean-up: none of these is.
  const parts = await Promise.allSettled([
    workspace,
    applyAll(applier, objects, { write, onApplied: applied }).then(tellWords),
  ]);
  for (const part of parts) if (part.status === 'rejected') throw part.reason;
  step('pods', '파드가 시작되는 중', 'Starting the pods')(0);
  // Quotas come last: they count once what is there, instead of each pod as it comes.
  await waitForPods(plot, environment, () => true, signal);
  await applyAll(applier, quotas, { write });
  await waitForPods(plot, environment, isReady, signal);
}

/** What the learner's shell is made of, with a fresh token. */
export async function workspaceOf(
  { attempt, lab, names, start }: Plot,
  { applier }: Environment,
): Promise<WorkspaceSetup> {
  return {
    attempt,
    kubeconfig: await learnerKubeconfig(applier, attempt, names.mainNamespace, tokenSeconds),
    mainNamespace: names.mainNamespace,
    variables: names.variables,
    files: lab.scenarioContent.workspace,
    reaches: podReaches(lab.terminal.reaches, names, start),
  };
}

/** Namespaces and cluster-scoped objects carry the attempt, which binds what contains learners to them. */
function withLabel(object: KubernetesObject, attempt: string): KubernetesObject {
  if (object.kind !== 'Namespace' && object.metadata?.namespace) return object;
  return {
    ...object,
    metadata: Object.assign({}, object.metadata, { labels: { ...object.metadata?.labels, [attemptLabel]: attempt } }),
  };
}

/** Resolves when each workload has the pods it wants and all of them are as wanted. */
async function waitForPods(
  { names, start }: Plot,
  { mirror }: Environment,
  holds: (pod: V1Pod) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const wanted = start.reduce((sum, object) => sum + podsOf(object), 0);
  const pods = () => Object.values(names.namespaces).flatMap((namespace) => mirror.list('Pod', namespace));
  const all = () => {
    const found = pods();
    return found.length >= wanted && found.every(holds);
  };
  if (await mirror.until(all, podsReadyWithin, signal)) return;
  const unready = pods().filter((pod) => !isReady(pod));
  throw new HaechiError('pods-not-ready', { pods: unready.map(({ metadata }) => metadata?.name).join(', ') || '-' });
}

function podsOf(object: KubernetesObject & { spec?: { replicas?: number } }): number {
  if (object.kind === 'Pod') return 1;
  return object.kind === 'Deployment' || object.kind === 'StatefulSet' || object.kind === 'ReplicaSet'
    ? (object.spec?.replicas ?? 1)
    : 0;
}

function isReady(pod: V1Pod): boolean {
  return (
    pod.status?.phase === 'Succeeded' ||
    (pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false)
  );
}
