import type { CoreV1Event, V1ContainerStatus, V1EphemeralContainer, V1Pod } from '@kubernetes/client-node';

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
  /** What its pods get then, as `kubectl debug` gives it; and when what is compared of that is there. */
  debugs?: { with: V1EphemeralContainer; settled: (seen: Seen) => boolean };
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
const notMounted = (seen: Seen) => event('FailedMount')(seen) && waiting('ContainerCreating')(seen);
const unhealthy = (seen: Seen) => running(seen) && event('Unhealthy')(seen);
const debuggerEnded = ({ pods }: Seen) =>
  pods.every(({ status }) => status?.ephemeralContainerStatuses?.some(({ state }) => state?.terminated !== undefined));
/** A kubelet may tell of the new container a moment before it tells how the last one ended. */
const restarted = (seen: Seen) =>
  running(seen) && statuses(seen).some(({ restartCount, lastState }) => restartCount > 0 && lastState?.terminated);

const endsAtOnce: V1EphemeralContainer = {
  name: 'debugger',
  image: 'docker.io/library/busybox:1.37',
  command: ['sh', '-c', 'exit 3'],
};

export const cases: readonly Case[] = [
  // First, as a kubelet looks at volumes, and a CronJob's controller begins, once a minute.
  { name: 'eviction', settled: ended('Failed') },
  { name: 'cronjob', settled: ended('Succeeded') },

  { name: 'deployment', settled: ready },
  { name: 'daemonset', settled: ready },
  { name: 'statefulset', settled: ready },
  { name: 'job', settled: ended('Succeeded') },
  { name: 'job-failing', settled: ended('Failed') },

  { name: 'image-missing', settled: waiting('ImagePullBackOff') },
  { name: 'image-never-pulled', settled: waiting('ErrImageNeverPull') },
  { name: 'image-name-invalid', settled: waiting('InvalidImageName') },

  { name: 'run-as-non-root', settled: waiting('CreateContainerConfigError') },
  { name: 'run-as-named-user', settled: waiting('CreateContainerConfigError') },
  { name: 'run-as-user-root', settled: waiting('CreateContainerConfigError') },
  { name: 'secret-missing', settled: waiting('CreateContainerConfigError') },
  { name: 'configmap-key-missing', settled: waiting('CreateContainerConfigError') },
  { name: 'configmap-env-missing', settled: waiting('CreateContainerConfigError') },
  { name: 'seccomp-profile-missing', settled: waiting('CreateContainerError') },

  { name: 'secret-volume-missing', settled: notMounted },
  { name: 'secret-volume-key-missing', settled: notMounted },
  { name: 'configmap-volume-missing', settled: notMounted },

  { name: 'command-missing', settled: waiting('CrashLoopBackOff') },
  { name: 'command-missing-once', settled: ended('Failed') },
  { name: 'crash-loop', settled: waiting('CrashLoopBackOff') },
  { name: 'completed', settled: ended('Succeeded') },
  { name: 'exit-code', settled: ended('Failed') },
  { name: 'termination-message', settled: ended('Failed') },
  { name: 'read-only-root', settled: ended('Failed') },
  { name: 'out-of-memory', settled: ended('Failed') },
  { name: 'deadline', settled: ended('Failed') },

  { name: 'init-container', settled: ready },
  { name: 'init-failing', settled: ended('Failed') },
  { name: 'init-crash-loop', settled: waiting('CrashLoopBackOff') },
  { name: 'sidecar', settled: ready },
  { name: 'sidecar-ends', settled: ended('Succeeded') },

  { name: 'readiness-http', settled: unhealthy },
  { name: 'readiness-http-refused', settled: unhealthy },
  { name: 'readiness-tcp', settled: unhealthy },
  { name: 'readiness-grpc', settled: unhealthy },
  { name: 'readiness-exec', settled: unhealthy },
  { name: 'readiness-exec-slow', settled: unhealthy },
  { name: 'liveness-exec', settled: restarted },
  { name: 'liveness-http', settled: restarted },
  { name: 'startup-exec', settled: restarted },

  { name: 'ephemeral-container', settled: ready, debugs: { with: endsAtOnce, settled: debuggerEnded } },

  { name: 'post-start-failing', settled: ended('Succeeded') },
  { name: 'pre-stop-failing', settled: ready, deletes: true },
  { name: 'deletion', settled: ready, deletes: true },
  { name: 'deletion-killed', settled: ready, deletes: true },

  { name: 'node-selector', settled: unschedulable },
  { name: 'cpu-too-much', settled: unschedulable },
  { name: 'memory-too-much', settled: unschedulable },
  { name: 'claim-missing', settled: unschedulable },
  { name: 'statefulset-claim-unbound', settled: unschedulable },
  { name: 'scheduling-gate', settled: holds('PodScheduled', 'False') },
];
