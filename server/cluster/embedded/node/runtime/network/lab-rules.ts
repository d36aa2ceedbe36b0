import type { FlowEnd } from '../../../../../grader/network/flow.ts';
import { dnsNames, dnsPort } from '../../../../lab-network/dns.ts';
import { groupOf } from '../../../../lab-network/group.ts';
import { isMetadata } from '../../../../lab-network/metadata.ts';
import type { PodSandbox } from '../../container.ts';
import type { NodeMirror } from '../../node-mirror.ts';

/**
 * Whether a packet of a lab's pod goes nowhere, whatever policies say: to another attempt's pod, to one of no attempt but cluster DNS,
 * to metadata. Real nodes have rules of the same meaning (`existing/node-network`); to this node's own ports nothing leads.
 */
export function isHeld(mirror: NodeMirror, from: PodSandbox, to: FlowEnd, port: number): boolean {
  const namespaceOf = (name: string) => mirror.get('Namespace', name);
  const own = from.hostNetwork ? undefined : groupOf(from, namespaceOf);
  if (own === undefined) return false;
  if (to.kind === 'address') return isMetadata(to.ip);
  if (to.kind === 'node') return true;
  const { pod } = to;
  const isDns = pod.namespace === 'kube-system' && dnsNames.includes(pod.labels['k8s-app'] ?? '') && port === dnsPort;
  return !isDns && groupOf(pod, namespaceOf) !== own;
}
