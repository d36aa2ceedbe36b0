import type { V1Pod } from '@kubernetes/client-node';
import type { PictureNode } from '../../contract/picture.ts';
import { levelOf } from '../pod-security/levels.ts';
import type { Place } from '../traffic/places.ts';
import type { Workload } from '../traffic/workloads.ts';

const levels = ['privileged', 'baseline', 'restricted'] as const;

/** @param place the same workload as the flows know it. */
export function workloadNode(workload: Workload, { ports }: Place): PictureNode {
  const { pods, template } = workload;
  const ready = pods.filter(isReady).length;
  return {
    id: workload.id,
    kind: 'workload',
    origin: workload.origin,
    namespace: workload.namespace,
    name: workload.id.replace(/^[^/]*\//, ''),
    ports: ports.map(({ port, protocol }) => `${port}/${protocol}`),
    pods: { ready, total: Math.max(pods.length, workload.replicas) },
    trouble: troubleOf(workload),
    level: lowest(pods.length > 0 ? pods : [template]),
  };
}

export function addressNode(id: string): PictureNode {
  return {
    id,
    kind: id === 'internet' || id === 'metadata' ? id : 'address',
    origin: 'scenario',
    namespace: '',
    name: id,
    ports: [],
    pods: null,
    trouble: '',
    level: null,
  };
}

/** The level that all of them satisfy: an old pod that lives on counts, too. */
function lowest(templates: readonly Workload['template'][]): (typeof levels)[number] {
  const satisfied = templates.map(({ spec, metadata }) =>
    levelOf(spec ?? { containers: [] }, metadata?.annotations ?? {}),
  );
  return levels.find((level) => satisfied.includes(level)) ?? 'privileged';
}

/** The gravest reason first: what never gets better by itself, then what may, then what is only on its way. */
function troubleOf({ pods, replicas, failure }: Workload): string {
  const reasons = pods.filter((pod) => !isReady(pod)).map(reasonOf);
  const grave = reasons.find((reason) => !passing.has(reason));
  if (grave) return grave;
  if (pods.length < replicas && failure) return failure;
  return reasons[0] ?? '';
}

const passing = new Set(['ContainersNotReady', 'ContainerCreating', 'PodInitializing', 'Pending']);

function reasonOf({ status }: V1Pod): string {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const states = containers.filter(({ ready }) => !ready).map(({ state }) => state);
  const waiting = states.flatMap((state) => state?.waiting?.reason ?? []);
  const terminated = states.flatMap(({ terminated: ended } = {}) =>
    ended && ended.exitCode !== 0 ? (ended.reason ?? 'Error') : [],
  );
  const condition = status?.conditions?.find(({ type, status: is }) =>
    type === 'PodScheduled' || type === 'Ready' ? is === 'False' : false,
  );
  const all = [...waiting, ...terminated, ...(condition?.reason ? [condition.reason] : [])];
  return all.find((reason) => !passing.has(reason)) ?? all[0] ?? status?.phase ?? 'Pending';
}

function isReady({ status }: V1Pod): boolean {
  return (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');
}
