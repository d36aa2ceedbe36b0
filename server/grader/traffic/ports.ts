import type { V1NetworkPolicyPort, V1Service } from '@kubernetes/client-node';
import type { TrafficSpec } from '../../content/check-schema.ts';
import type { FlowProtocol } from '../network/flow.ts';
import { selects, compileSelector } from '../network/selector.ts';
import type { Facts } from './facts.ts';
import type { Workload } from './workloads.ts';

export interface DeclaredPort {
  port: number;
  protocol: FlowProtocol;
}

/** Ports a workload is known by: of its containers, of Services that select it, and of what the lab says about it. */
export function declaredPorts(
  workload: Workload,
  services: readonly V1Service[],
  specs: readonly TrafficSpec[],
): DeclaredPort[] {
  const specsOf = workload.pods.map(({ spec }) => spec);
  const containers = [workload.template.spec, ...specsOf].flatMap((spec) => spec?.containers ?? []);
  const ofContainers = containers.flatMap(({ ports }) =>
    (ports ?? []).map(({ containerPort, protocol }) => ({ port: containerPort, protocol: toProtocol(protocol) })),
  );
  const labels = workload.pods[0]?.metadata?.labels ?? workload.template.metadata?.labels ?? {};
  const ofServices = services
    .filter(({ metadata, spec }) => metadata?.namespace === workload.namespace && spec?.selector)
    .filter(({ spec }) => selects(compileSelector({ matchLabels: spec?.selector ?? {} }), labels))
    .flatMap(({ spec }) => spec?.ports ?? [])
    .flatMap(({ port, targetPort, protocol }) => {
      const target = targetPort ?? port;
      return typeof target === 'number' ? [{ port: target, protocol: toProtocol(protocol) }] : [];
    });
  const ofSpecs = specs
    .flatMap(({ allow, deny }) => [...allow, ...deny])
    .flatMap(({ to, port, protocol }) => (to === workload.id && port !== undefined ? [{ port, protocol }] : []));
  return distinct([...ofContainers, ...ofServices, ...ofSpecs]);
}

/**
 * Port numbers that stand for all there are: those that anything declares, and where the policies' ports and ranges
 * begin, since what two ranges have in common begins where one of them does. Last comes one that nothing speaks of.
 */
export function portNumbers({ policies }: Pick<Facts, 'policies'>, declared: readonly number[]): number[] {
  const ofPolicies = policies
    .flatMap(({ spec }) => [...(spec?.ingress ?? []), ...(spec?.egress ?? [])])
    .flatMap(({ ports }) => ports ?? []);
  const edges = ofPolicies.flatMap(({ port }: V1NetworkPolicyPort) => (typeof port === 'number' ? [port] : []));
  const named = new Set([...declared, ...edges]);
  const inRange = (number: number) =>
    ofPolicies.some(({ port, endPort }) => typeof port === 'number' && number >= port && number <= (endPort ?? port));
  // A range that begins or goes on beside a named port is told by the port after it.
  for (const number of [...named]) if (inRange(number + 1)) named.add(number + 1);
  const free = (number: number) => !named.has(number) && !inRange(number);
  const undeclared = anyPort().find(free);
  return [...named, ...(undeclared === undefined ? [] : [undeclared])];
}

/** One that nobody uses first, then all there are. */
function* anyPort(): Generator<number> {
  yield 9999;
  for (let port = 1; port <= 65535; port++) yield port;
}

function distinct(ports: readonly DeclaredPort[]): DeclaredPort[] {
  return [...new Map(ports.map((port) => [`${port.port}/${port.protocol}`, port])).values()];
}

function toProtocol(protocol: string | undefined): FlowProtocol {
  return (protocol ?? 'TCP') as FlowProtocol;
}
