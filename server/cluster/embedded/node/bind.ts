import type { V1Pod } from '@kubernetes/client-node';
import { KubeError } from '../../kube-error.ts';
import type { Kube } from '../../kube.ts';
import type { EventRecorder } from './events.ts';

/**
 * Binds a pod to the only node there is.
 * @param labels the node's.
 * @returns whether it was bound; a pod that asks for another node stays Pending, and an event says why.
 */
export async function bindPod(
  kube: Kube,
  pod: V1Pod,
  node: string,
  labels: Record<string, string>,
  events: EventRecorder,
): Promise<boolean> {
  const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
  if (pod.spec?.schedulingGates?.length) return false;
  if (!Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) {
    const message =
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
    events.record(pod, 'Warning', 'FailedScheduling', message, { component: 'default-scheduler' });
    const unscheduled = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastTransitionTime: new Date().toISOString(),
    };
    await kube.request('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, {
      contentType: 'application/merge-patch+json',
      body: { status: { conditions: [unscheduled] } },
    });
    return false;
  }
  try {
    await kube.request('POST', `/api/v1/namespaces/${namespace}/pods/${name}/binding`, {
      body: {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace, uid },
        target: { apiVersion: 'v1', kind: 'Node', name: node },
      },
    });
  } catch (error) {
    // Gone, or bound meanwhile.
    if (error instanceof KubeError && (error.status === 404 || error.status === 409)) return false;
    throw error;
  }
  events.record(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`, {
    component: 'default-scheduler',
  });
  return true;
}
