import type { CoreV1Event, KubernetesObject, V1Pod } from '@kubernetes/client-node';
import type { JudgeContext } from '../check.ts';
import { listOnce } from '../once.ts';
import { resolveWorkloads, type Controller, type Workload } from '../traffic/workloads.ts';

/** A workload with the object that makes its pods. */
export interface LiveWorkload extends Workload {
  kind: string;
  live: Controller;
  /** ReplicaSets and other objects between the workload and its pods. */
  parts: readonly Controller[];
}

/** Everything that makes pods in some namespaces, read at one moment. */
export interface Workloads {
  all: readonly LiveWorkload[];
  pods: readonly V1Pod[];
  /** `FailedCreate`: what refused a controller's pods. */
  refusals: readonly CoreV1Event[];
}

const usual = { Deployment: 'apps', ReplicaSet: 'apps', StatefulSet: 'apps', DaemonSet: 'apps' };
const rare = { Job: 'batch', CronJob: 'batch' };

/** @param namespaces real names. */
export async function readWorkloads(context: JudgeContext, namespaces: readonly string[]): Promise<Workloads> {
  const { names, start } = context;
  const here = start.filter(({ metadata }) => namespaces.includes(metadata?.namespace ?? ''));
  const kinds = { ...usual, ...(here.some(({ kind = '' }) => kind in rare) ? rare : {}) };
  const [pods, refusals, controllers] = await Promise.all([
    Promise.all(namespaces.map((namespace) => listOnce<V1Pod>(context, `/api/v1/namespaces/${namespace}/pods`))),
    Promise.all(
      namespaces.map((namespace) =>
        listOnce<CoreV1Event>(context, `/api/v1/namespaces/${namespace}/events`, {
          fieldSelector: 'reason=FailedCreate',
        }),
      ),
    ),
    Promise.all(
      namespaces.flatMap((namespace) =>
        Object.entries(kinds).map(async ([kind, group]) => {
          const path = `/apis/${group}/v1/namespaces/${namespace}/${kind.toLowerCase()}s`;
          const objects = await listOnce<KubernetesObject>(context, path);
          return objects.map((object): Controller => ({ ...object, kind }));
        }),
      ),
    ),
  ]);
  return toWorkloads(pods.flat(), controllers.flat(), refusals.flat(), start, names);
}

/** The pure part. */
export function toWorkloads(
  pods: readonly V1Pod[],
  controllers: readonly Controller[],
  refusals: readonly CoreV1Event[],
  start: readonly KubernetesObject[],
  names: JudgeContext['names'],
): Workloads {
  const key = (kind: string, { metadata }: KubernetesObject) =>
    `${kind}/${metadata?.name ?? ''} ${metadata?.namespace ?? ''}`;
  const byKey = new Map<string, Controller>([
    ...controllers.map((object) => [key(object.kind, object), object] as const),
    ...pods.map((pod) => [key('Pod', pod), Object.assign({}, pod, { kind: 'Pod' }) as Controller] as const),
  ]);
  const { workloads } = resolveWorkloads(pods, controllers, start, names);
  const all = workloads.flatMap((workload): LiveWorkload[] => {
    const live = byKey.get(`${workload.object} ${workload.namespace}`);
    if (!live) return [];
    const parts = controllers.filter(({ metadata }) =>
      metadata?.ownerReferences?.some(({ uid, controller }) => controller && uid === live.metadata?.uid),
    );
    return [{ ...workload, kind: live.kind, live, parts }];
  });
  return { all, pods, refusals };
}
