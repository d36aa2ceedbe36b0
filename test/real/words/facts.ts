import type { CoreV1Event, V1ContainerState, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { Seen } from './cases.ts';
import { normalise, podName, type Names } from './normalise.ts';

/**
 * Everything that is compared, a line a fact, sorted; what several pods or events have in common is there once.
 * @param known pods that may be named in it.
 */
export function factsOf({ pods, events }: Seen, known: readonly V1Pod[], names: Names): string[] {
  const lines = [...pods.flatMap(podFacts), ...events.map(eventFact)];
  return [...new Set(lines.map((line) => normalise(line, known, names)))].sort();
}

function podFacts(pod: V1Pod): string[] {
  const { phase, reason, message, conditions } = pod.status ?? {};
  const { initContainerStatuses, containerStatuses, ephemeralContainerStatuses } = pod.status ?? {};
  const facts = [
    line('phase', phase, reason, message),
    ...(conditions ?? []).map((each) => line('condition', each.type, each.status, each.reason, each.message)),
    ...(initContainerStatuses ?? []).flatMap((each) => containerFacts('init container', each)),
    ...(containerStatuses ?? []).flatMap((each) => containerFacts('container', each)),
    ...(ephemeralContainerStatuses ?? []).flatMap((each) => containerFacts('ephemeral container', each)),
  ];
  return facts.map((fact) => `pod ${podName(pod)}: ${fact}`);
}

function containerFacts(kind: string, status: V1ContainerStatus): string[] {
  const { name, image, ready, started, restartCount, state, lastState } = status;
  const flags = `ready ${ready}, started ${started ?? 'not said'}, restarts ${restartCount}`;
  return [
    line(`${kind} ${name}`, flags),
    line(`${kind} ${name}`, 'image', image),
    line(`${kind} ${name}`, 'state', stateFact(state)),
    line(`${kind} ${name}`, 'last state', stateFact(lastState)),
  ];
}

function stateFact({ waiting, running, terminated }: V1ContainerState = {}): string {
  if (waiting) return line('waiting', waiting.reason, waiting.message);
  if (terminated) return line(`terminated with ${terminated.exitCode}`, terminated.reason, terminated.message);
  return running ? 'running' : 'none';
}

function eventFact({ type, reason, message, source, action, involvedObject, ...event }: CoreV1Event): string {
  const from = [source?.component, source?.host].map((each) => each ?? '-').join(' ');
  const by = [event.reportingComponent, event.reportingInstance].map((each) => each || '-').join(' ');
  const who = `source ${from}, reporting ${by}${action ? `, action ${action}` : ''}`;
  return line('event', type, reason, `(${who})`, involvedObject.fieldPath ?? 'pod', message);
}

function line(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' | ');
}
