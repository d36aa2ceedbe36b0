import type { KubernetesObject, V1LabelSelector } from '@kubernetes/client-node';
import { podTemplateOf } from '../cluster/pod-template.ts';
import type { Protocol } from './check-schema.ts';
import type { TerminalReach } from './lab-schema.ts';
import { namesFor, type Names } from './names.ts';
import { renderScenario } from './render.ts';
import type { Scenario } from './content.ts';

/** Pods that an attempt's shells reach, in its own names, as a NetworkPolicy selects them. */
export interface PodReach {
  namespace: string;
  podSelector: V1LabelSelector;
  /** Of the pods, not of a Service before them. */
  port: number;
  protocol: Protocol;
}

/** What a lab's terminals reach, for one attempt. @param start the scenario's objects in the attempt's names. */
export function podReaches(
  reaches: readonly TerminalReach[],
  names: Names,
  start: readonly KubernetesObject[],
): PodReach[] {
  return reaches.flatMap(({ to, port, protocol }) => {
    const [name = '', workload = ''] = to.split('/');
    const namespace = names.namespaces[name];
    if (namespace === undefined) return [];
    return selectors(start, namespace, workload).map((podSelector) => ({ namespace, podSelector, port, protocol }));
  });
}

/** The rules of what a lab's terminals reach. @param report with the index of what is wrong. */
export function checkReaches(
  reaches: readonly TerminalReach[],
  scenario: Scenario,
  report: (index: number, message: string) => void,
): void {
  if (reaches.length === 0) return;
  const names = namesFor(scenario, 'learner');
  const start = renderScenario(scenario, names);
  for (const [index, reach] of reaches.entries()) {
    const [name = '', workload = ''] = reach.to.split('/');
    const namespace = names.namespaces[name];
    if (namespace === undefined) {
      const known = Object.keys(names.namespaces).join(', ');
      report(index, `names the namespace "${name}", which the scenario doesn't have (it has ${known})`);
      continue;
    }
    const workloads = workloadsOf(start, namespace);
    if (workload !== '*' && !workloads.some(({ metadata }) => metadata?.name === workload)) {
      const known = workloads.map(({ metadata }) => metadata?.name).join(', ') || 'none';
      report(index, `names the workload "${workload}", which ${name} doesn't have (it has ${known})`);
    } else if (podReaches([reach], names, start).length === 0) {
      report(index, `the pods of ${reach.to} have no labels, which a NetworkPolicy selects pods by; give them some`);
    }
  }
}

/** One for each object of the name, as a Deployment and a Pod may share one; none where there are no labels to select by. */
function selectors(start: readonly KubernetesObject[], namespace: string, workload: string): V1LabelSelector[] {
  if (workload === '*') return [{}];
  const found = workloadsOf(start, namespace).filter(({ metadata }) => metadata?.name === workload);
  return found.map(selectorOf).filter((selector) => selector !== null);
}

function workloadsOf(start: readonly KubernetesObject[], namespace: string): KubernetesObject[] {
  return start.filter((object) => object.metadata?.namespace === namespace && podTemplateOf(object) !== undefined);
}

/** What selects its pods for itself, which can't be changed later; that of a Job is made by the API server. */
function selectorOf(object: KubernetesObject & { spec?: { selector?: V1LabelSelector } }): V1LabelSelector | null {
  if (object.spec?.selector && object.kind !== 'Job') return object.spec.selector;
  const matchLabels = podTemplateOf(object)?.metadata?.labels ?? {};
  return Object.keys(matchLabels).length > 0 ? { matchLabels } : null;
}
