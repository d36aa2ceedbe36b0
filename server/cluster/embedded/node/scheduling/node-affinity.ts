import type { V1Node, V1NodeSelectorRequirement, V1NodeSelectorTerm, V1PodSpec } from '@kubernetes/client-node';
import { holds } from '../../../../grader/network/selector.ts';

/** Whether a pod's nodeSelector and its required node affinity let it onto a node (component-helpers, nodeaffinity). */
export function matchesAffinity({ nodeSelector, affinity }: V1PodSpec, node: V1Node): boolean {
  const labels = node.metadata?.labels ?? {};
  if (!Object.entries(nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** A term of nothing matches nothing. */
function matchesTerm({ matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm, node: V1Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const labels = node.metadata?.labels ?? {};
  const fields: Record<string, string> = { 'metadata.name': node.metadata?.name ?? '' };
  return (
    matchExpressions.every((requirement) => nodeHolds(requirement, labels)) &&
    matchFields.every((requirement) => nodeHolds(requirement, fields))
  );
}

/** A selector's operators (meta/v1), and two that compare whole numbers, which only nodes' have. */
function nodeHolds({ key, operator, values = [] }: V1NodeSelectorRequirement, of: Record<string, string>): boolean {
  const value = of[key] ?? '';
  switch (operator) {
    case 'Gt':
      return /^-?\d+$/.test(value) && Number(value) > Number(values[0]);
    case 'Lt':
      return /^-?\d+$/.test(value) && Number(value) < Number(values[0]);
    default:
      return holds({ key, operator, values }, of);
  }
}
