import type { CoreV1Event, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

/** The pods that a case's manifest makes, and the events about them, as far as they are seen. */
export interface Seen {
  pods: readonly V1Pod[];
  events: readonly CoreV1Event[];
}

/** One manifest of `manifests/`, and when what is compared of it is there. */
export interface Case {
  /** The manifest's, and its namespace's. */
  name: string;
  /** Whether its pods are as far as they are compared. Their statuses of that moment count; events go on being gathered. */
  settled: (seen: Seen) => boolean;
  /** Whether its pods are deleted then: what is compared is their last status before they are gone. */
  deletes?: true;
}

const statuses = ({ pods }: Seen): V1ContainerStatus[] =>
  pods.flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]);
const phase = (wanted: string) => (seen: Seen) =>
  seen.pods.length > 0 && seen.pods.every(({ status }) => status?.phase === wanted);
const waiting = (reason: string) => (seen: Seen) =>
  statuses(seen).some(({ state }) => state?.waiting?.reason === reason);
const event = (reason: string) => (seen: Seen) => seen.events.some((each) => each.reason === reason);
const holds =
  (condition: string, value: 'True' | 'False') =>
  ({ pods }: Seen) =>
    pods.length > 0 &&
    pods.every(({ status }) => status?.conditions?.some(({ type, status: is }) => type === condition && is === value));
const ready = holds('Ready', 'True');
const running = (seen: Seen) => statuses(seen).every(({ state }) => state?.running !== undefined);

/** The pod has ended, and its sandbox with it. */
const ended = (wanted: 'Succeeded' | 'Failed') => (seen: Seen) =>
  phase(wanted)(seen) && holds('PodReadyToStartContainers', 'False')(seen);
const unschedulable = (seen: Seen) => event('FailedScheduling')(seen) && holds('PodScheduled', 'False')(seen);
const unhealthy = (seen: Seen) => running(seen) && event('Unhealthy')(seen);

export const cases: readonly Case[] = [
  { name: 'deployment', settled: ready },
  { name: 'image-missing', settled: waiting('ImagePullBackOff') },
  { name: 'image-never-pulled', settled: waiting('ErrImageNeverPull') },
  { name: 'image-name-invalid', settled: waiting('InvalidImageName') },
  { name: 'run-as-non-root', settled: waiting('CreateContainerConfigError') },
  { name: 'run-as-user-root', settled: waiting('CreateContainerConfigError') },
  { name: 'secret-missing', settled: waiting('CreateContainerConfigError') },
  { name: 'configmap-key-missing', settled: waiting('CreateContainerConfigError') },
  { name: 'configmap-env-missing', settled: waiting('CreateContainerConfigError') },
  { name: 'command-missing-once', settled: ended('Failed') },
  { name: 'readiness-http', settled: unhealthy },
  { name: 'readiness-http-refused', settled: unhealthy },
  { name: 'readiness-exec', settled: unhealthy },
  { name: 'readiness-exec-slow', settled: unhealthy },
  { name: 'node-selector', settled: unschedulable },
  { name: 'claim-missing', settled: unschedulable },
  { name: 'scheduling-gate', settled: holds('PodScheduled', 'False') },
];
