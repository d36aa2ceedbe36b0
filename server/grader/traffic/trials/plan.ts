import type { V1Pod } from '@kubernetes/client-node';
import type { TrafficSpec } from '../../../content/check-schema.ts';
import { judgeFlow, type FlowVerdict } from '../../network/engine.ts';
import type { FlowEnd, NetworkPod } from '../../network/flow.ts';
import { expectationOf, rulesBetween } from '../expectations.ts';
import type { Facts } from '../facts.ts';
import { placesOf, type Place } from '../places.ts';

/** A flow that real packets can decide, and what the engine says of it. */
export interface Trial {
  from: Place;
  to: Place;
  source: NetworkPod;
  target: NetworkPod;
  port: number;
  protocol: 'TCP' | 'UDP';
  verdict: FlowVerdict;
}

/** More from one pod would take seconds; what must pass comes first. */
const mostFromPod = 48;

/**
 * The flows to try: those that a lab expects something of, from pods that run to pods that run, over TCP on ports that the
 * target declares, and to cluster DNS. Everything else would prove nothing: strangers are no pods, UDP and SCTP need not
 * answer, and neither does the internet. Pods on the host network are the node's, whose traffic policies need not hold.
 */
export function planTrials(facts: Facts, spec: TrafficSpec): Trial[] {
  const running = runningPods(facts);
  const places = placesOf(facts, spec).filter(({ role }) => role === 'workload' || role === 'dns');
  const trials = places.flatMap((from) =>
    from.role === 'dns'
      ? []
      : podsOf(from, running).flatMap((source) =>
          trialsFrom(facts, spec, { from, source, places, running })
            .sort((a, b) => Number(b.must) - Number(a.must))
            .slice(0, mostFromPod)
            .map(({ trial }) => trial),
        ),
  );
  return trials;
}

/** The same flow has the same key in every check of a judgement. */
export function keyOf({ source, target, port, protocol }: Trial): string {
  return `${nameOf(source)} → ${nameOf(target)}:${port}/${protocol}`;
}

export function nameOf({ namespace, name }: Pick<NetworkPod, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

function trialsFrom(
  { state }: Facts,
  spec: TrafficSpec,
  { from, source, places, running }: { from: Place; source: NetworkPod; places: Place[]; running: Set<string> },
): { trial: Trial; must: boolean }[] {
  return places.flatMap((to) => {
    // A replica that stands for another one has no packets of its own.
    const rules = from === to ? null : rulesBetween(spec, from, to);
    if (!rules) return [];
    return to.ports.flatMap(({ port, protocol }) => {
      const expectation = expectationOf(rules, port, protocol);
      const isTold = protocol === 'TCP' || (protocol === 'UDP' && to.role === 'dns');
      if (!isTold || (expectation !== 'must' && expectation !== 'must-not')) return [];
      return podsOf(to, running).map((target) => {
        const verdict = judgeFlow(state, { from: podEnd(source), to: podEnd(target), port, protocol });
        return { trial: { from, to, source, target, port, protocol, verdict }, must: expectation === 'must' };
      });
    });
  });
}

function podsOf({ ends, role }: Place, running: Set<string>): NetworkPod[] {
  return ends.flatMap((end) => {
    if (end.kind !== 'pod' || end.pod.hostNetwork || end.pod.ips.length === 0) return [];
    return role === 'dns' || running.has(nameOf(end.pod)) ? [end.pod] : [];
  });
}

function runningPods({ workloads }: Facts): Set<string> {
  const isRunning = ({ status, metadata }: V1Pod) => status?.phase === 'Running' && !metadata?.deletionTimestamp;
  return new Set(
    workloads
      .flatMap(({ pods }) => pods)
      .filter(isRunning)
      .map(({ metadata }) => nameOf({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' })),
  );
}

function podEnd(pod: NetworkPod): FlowEnd {
  return { kind: 'pod', pod };
}
