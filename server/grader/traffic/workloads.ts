import type { KubernetesObject, V1Pod, V1PodTemplateSpec } from '@kubernetes/client-node';
import { podTemplateOf, type PodTemplate } from '../../cluster/pod-template.ts';
import type { Names } from '../../content/names.ts';

/** An object that makes pods, as JSON from the API server. */
export interface Controller extends KubernetesObject {
  kind: string;
  spec?: {
    replicas?: number;
    template?: V1PodTemplateSpec;
    jobTemplate?: { spec?: { template?: V1PodTemplateSpec } };
  };
  status?: {
    desiredNumberScheduled?: number;
    conditions?: { type: string; status: string; reason?: string }[];
  };
}

/** What a lab calls `namespace/workload`: the topmost object that makes the pods, or a pod that nothing makes. */
export interface Workload {
  /** In the scenario's names, as labs write it: `production/api`. */
  id: string;
  /** In real names: `production-minji/api`. */
  name: string;
  /** Real namespace. */
  namespace: string;
  /** `Deployment/api`: where to look. */
  object: string;
  origin: 'scenario' | 'learner';
  /** What new pods are made from. */
  template: PodTemplate;
  /** Those that are there and neither ended nor ending. */
  pods: readonly V1Pod[];
  /** How many there should be. */
  replicas: number;
  /** Why no pods can be made, as `FailedCreate`; empty when they can. */
  failure: string;
}

/** A workload of the scenario that is gone. */
export interface MissingWorkload {
  id: string;
  object: string;
}

const kinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod']);

/**
 * Finds the workloads of an attempt by owner references, never by labels, so that relabelled pods stay what they are.
 * @param controllers all objects of the attempt's namespaces that can own pods.
 * @param start what the scenario applied.
 */
export function resolveWorkloads(
  pods: readonly V1Pod[],
  controllers: readonly Controller[],
  start: readonly KubernetesObject[],
  names: Names,
): { workloads: Workload[]; missing: MissingWorkload[] } {
  const byUid = new Map(controllers.map((object) => [object.metadata?.uid ?? '', object]));
  const found = new Map<string, { object: Controller | V1Pod; kind: string; pods: V1Pod[] }>();
  for (const object of controllers) {
    if (ownerOf(object, byUid)) continue;
    found.set(keyOf(object.kind, object), { object, kind: object.kind, pods: [] });
  }
  for (const pod of pods) {
    if (isOver(pod)) continue;
    const top = topOwner(pod, byUid);
    const key = top ? keyOf(top.kind, top) : keyOf('Pod', pod);
    const entry = found.get(key) ?? { object: top ?? pod, kind: top?.kind ?? 'Pod', pods: [] };
    entry.pods.push(pod);
    found.set(key, entry);
  }
  const scenario = new Set(start.filter(({ kind }) => kinds.has(kind ?? '')).map((o) => keyOf(o.kind ?? '', o)));
  const scenarioNames = new Map(Object.entries(names.namespaces).map(([name, real]) => [real, name]));
  const taken = new Set([...scenario].map((key) => key.replace(/^\w+ /, '')));
  const workloads = [...found].flatMap(([key, { object, kind, pods: own }]): Workload[] => {
    const origin = scenario.has(key) ? 'scenario' : 'learner';
    // A finished Job, or a controller of the learner's that makes no pods, neither sends nor receives.
    if (own.length === 0 && (origin === 'learner' || isFinished(object))) return [];
    const namespace = object.metadata?.namespace ?? '';
    const name = object.metadata?.name ?? '';
    // The scenario's name belongs to the scenario's object.
    const shown = origin === 'learner' && taken.has(`${namespace}/${name}`) ? `${name} (${kind})` : name;
    return [
      {
        id: `${scenarioNames.get(namespace) ?? namespace}/${shown}`,
        name: `${namespace}/${shown}`,
        namespace,
        object: `${kind}/${name}`,
        origin,
        template: podTemplateOf(object, kind) ?? {},
        pods: own,
        replicas: replicasOf(object as Controller, kind, own.length),
        failure: failureOf(object as Controller),
      },
    ];
  });
  const missing = start.flatMap(({ kind = '', metadata }): MissingWorkload[] => {
    const namespace = metadata?.namespace ?? '';
    if (!kinds.has(kind) || !scenarioNames.has(namespace) || found.has(keyOf(kind, { metadata }))) return [];
    return [
      {
        id: `${scenarioNames.get(namespace) ?? ''}/${metadata?.name ?? ''}`,
        object: `${kind}/${metadata?.name ?? ''}`,
      },
    ];
  });
  workloads.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { workloads, missing };
}

function keyOf(kind: string, { metadata }: Pick<KubernetesObject, 'metadata'>): string {
  return `${kind} ${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

function ownerOf(object: KubernetesObject, byUid: Map<string, Controller>): Controller | undefined {
  const owner = object.metadata?.ownerReferences?.find(({ controller }) => controller);
  const parent = owner && byUid.get(owner.uid);
  return parent?.metadata?.namespace === object.metadata?.namespace ? parent : undefined;
}

function topOwner(pod: V1Pod, byUid: Map<string, Controller>): Controller | undefined {
  const seen = new Set<Controller>();
  let top = ownerOf(pod, byUid);
  for (let next = top; next && !seen.has(next); next = ownerOf(next, byUid)) {
    seen.add(next);
    top = next;
  }
  return top;
}

function replicasOf({ spec, status }: Controller, kind: string, now: number): number {
  if (['Deployment', 'ReplicaSet', 'StatefulSet'].includes(kind)) return spec?.replicas ?? 1;
  return kind === 'DaemonSet' ? (status?.desiredNumberScheduled ?? now) : now;
}

function failureOf({ status }: Controller): string {
  const failed = status?.conditions?.find(({ type, status: is }) => type === 'ReplicaFailure' && is === 'True');
  return failed?.reason ?? '';
}

/** It has ended, or is ending. */
export function isOver({ metadata, status }: V1Pod): boolean {
  return Boolean(metadata?.deletionTimestamp) || status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function isFinished(object: Controller | V1Pod): boolean {
  if (object.kind !== 'Job') return false;
  const conditions = (object as Controller).status?.conditions ?? [];
  return conditions.some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
}
