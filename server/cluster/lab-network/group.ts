import type { V1Namespace } from '@kubernetes/client-node';
import { attemptLabel, learnersNamespace } from '../../attempt/labels.ts';

/**
 * Which pods reach each other, by a name for them: those of an attempt's namespaces, and the pod of its terminals. Policies decide
 * what of that they do; the terminals' pod has one that lets nobody in, and out to what the lab names alone. Undefined for all
 * others, which are not held.
 */
export function groupOf(
  { namespace, labels }: { namespace: string; labels?: Readonly<Record<string, string>> | undefined },
  namespaceOf: (name: string) => V1Namespace | undefined,
): string | undefined {
  // Learners can't make pods there.
  const attempt = (namespace === learnersNamespace ? labels : namespaceOf(namespace)?.metadata?.labels)?.[attemptLabel];
  return attempt === undefined ? undefined : `attempt ${attempt}`;
}
