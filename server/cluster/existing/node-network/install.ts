import { applyAll, type Applier } from '../../apply.ts';
import { KubeError } from '../../kube-error.ts';
import { nodeNetworkObjects } from './manifests.ts';
import { nodeNetwork } from './names.ts';

const path = `/apis/apps/v1/namespaces/${nodeNetwork}/daemonsets/${nodeNetwork}`;
const forbidden = 403;
const notFound = 404;

/**
 * Puts into the cluster what keeps the rules; where the platform may not, whoever deployed it has.
 * @throws KubeError
 */
export async function installNodeNetwork(applier: Applier, image: string, signal: AbortSignal): Promise<void> {
  try {
    await applyAll(applier, nodeNetworkObjects(image), { signal });
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== forbidden) throw error;
    if (!(await isInstalled(applier, signal))) throw error;
  }
}

/**
 * Takes it out, and by that the rules from the nodes; that it isn't there is fine.
 * @throws KubeError
 */
export async function removeNodeNetwork(applier: Applier, signal: AbortSignal): Promise<void> {
  if (!(await isInstalled(applier, signal))) return;
  await applier.kube.request('DELETE', path, {
    body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
    signal,
  });
}

async function isInstalled({ kube }: Applier, signal: AbortSignal): Promise<boolean> {
  try {
    await kube.request('GET', path, { signal });
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.status === notFound) return false;
    throw error;
  }
}
