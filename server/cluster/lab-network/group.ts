import type { V1Namespace } from '@kubernetes/client-node';
import { attemptLabel, learnersNamespace } from '../../attempt/labels.ts';

/**
 * Which pods reach each other, by a name for them: pods of an attempt's namespaces are one group, and the pod of its terminals is one
 * by itself. Undefined for all others, which are not held.
 */
export function groupOf(
  { namespace, name }: { namespace: string; name: string },
  namespaceOf: (name: string) => V1Namespace | undefined,
): string | undefined {
  if (namespace === learnersNamespace) return `pod ${name}`;
  const attempt = namespaceOf(namespace)?.metadata?.labels?.[attemptLabel];
  return attempt === undefined ? undefined : `attempt ${attempt}`;
}
