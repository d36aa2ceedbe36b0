import type { V1Node } from '@kubernetes/client-node';

/** Whether its kubelet says that it can run pods. */
export function isNodeReady({ status }: V1Node): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}
