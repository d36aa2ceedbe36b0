import type { Exec } from '@kubernetes/client-node';
import type { Kube } from './kube.ts';

/** Runs programs in containers: `pods/exec` over WebSocket, by Kubernetes' client. */
export async function execOf({ connection }: Kube): Promise<Exec> {
  const [{ Exec }, config] = await Promise.all([import('@kubernetes/client-node'), connection.client()]);
  return new Exec(config);
}
