import type { V1Node, V1Pod, V1Taint, V1Toleration } from '@kubernetes/client-node';
import { quantityOf } from '../quantity.ts';
import { matchesAffinity } from './node-affinity.ts';

/**
 * Why a pod can't go to a node, in the words of the scheduler's plugins and in their order (pkg/scheduler/framework/plugins).
 * What other pods ask for isn't counted: the node simulates as many as its API server bears.
 * @returns nothing when it can.
 */
export function unfitReasons({ spec }: V1Pod, node: V1Node): string[] {
  const tolerations = spec?.tolerations ?? [];
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  if (node.spec?.unschedulable && !isTolerated(cordon, tolerations)) return ['node(s) were unschedulable'];
  const taints = (node.spec?.taints ?? []).filter(({ effect }) => effect !== 'PreferNoSchedule');
  if (!taints.every((taint) => isTolerated(taint, tolerations))) return ['node(s) had untolerated taint(s)'];
  if (spec && !matchesAffinity(spec, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  return insufficient({ spec }, node);
}

/** As `kubectl describe` shows it: every node and why not. */
export function unfitMessage(reasons: readonly string[]): string {
  const counted = reasons.map((reason) => `1 ${reason}`).sort();
  return `0/1 nodes are available: ${counted.join(', ')}. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.`;
}

function isTolerated({ key, value = '', effect }: V1Taint, tolerations: readonly V1Toleration[]): boolean {
  return tolerations.some(
    (each) =>
      (!each.effect || each.effect === effect) &&
      (!each.key || each.key === key) &&
      (each.operator === 'Exists' || (each.key !== undefined && (each.value ?? '') === value)),
  );
}

function insufficient({ spec }: V1Pod, { status }: V1Node): string[] {
  const asked = (resource: string) => {
    const of = (list: NonNullable<V1Pod['spec']>['containers'] = []) =>
      list.map(({ resources }) => quantityOf(resources?.requests?.[resource] ?? '0'));
    const main = of(spec?.containers).reduce((sum, amount) => sum + amount, 0);
    return Math.max(main, ...of(spec?.initContainers));
  };
  return ['cpu', 'memory', 'ephemeral-storage']
    .filter((resource) => {
      const room = status?.allocatable?.[resource];
      return room !== undefined && asked(resource) > quantityOf(room);
    })
    .map((resource) => `Insufficient ${resource}`);
}
