import type { V1Node } from '@kubernetes/client-node';
import { HaechiError } from '../../errors.ts';
import type { Kube } from '../kube.ts';
import type { ChosenContext } from './kubeconfig.ts';
import { missingRights } from './rights.ts';
import { isTooOld, oldestMinor, parseVersion, type Version } from './versions.ts';
import { isNodeReady } from '../node-ready.ts';

/** How long whatever gives credentials (an exec plugin) may take: it may ask a person in a browser. */
const credentialsMs = 60_000;

/**
 * Gets credentials once, so that a command that can't give them is told by its name.
 * @throws HaechiError `credentials-failed`
 */
export async function checkCredentials(
  kube: Kube,
  { name, command }: ChosenContext,
  signal: AbortSignal,
): Promise<void> {
  if (command === null) return;
  const { promise, reject } = Promise.withResolvers<never>();
  const either = AbortSignal.any([signal, AbortSignal.timeout(credentialsMs)]);
  const abort = () => reject(either.reason as Error);
  either.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([kube.connection.credentials(), promise]);
  } catch (error) {
    signal.throwIfAborted();
    const reason = (error instanceof Error ? error.message : String(error)).trim().replace(/\s+/g, ' ').slice(-300);
    throw new HaechiError('credentials-failed', { context: name, command, reason }, { cause: error });
  } finally {
    either.removeEventListener('abort', abort);
  }
}

/**
 * @returns the API server's version.
 * @throws HaechiError `cluster-too-old`; KubeError or a network error
 */
export async function checkVersion(kube: Kube, signal: AbortSignal): Promise<{ version: Version; gitVersion: string }> {
  const { value } = await kube.request<{ gitVersion: string }>('GET', '/version', { signal });
  const version = parseVersion(value.gitVersion);
  if (!version) throw new Error(`the API server says that its version is ${JSON.stringify(value.gitVersion)}`);
  if (isTooOld(version)) {
    throw new HaechiError('cluster-too-old', { version: value.gitVersion, oldest: `1.${oldestMinor}` });
  }
  return { version, gitVersion: value.gitVersion };
}

/** @throws HaechiError `rights-missing` that names all of them; KubeError or a network error */
export async function checkRights(kube: Kube, { name }: ChosenContext, signal: AbortSignal): Promise<void> {
  const missing = await missingRights(kube, signal);
  if (missing.length > 0) throw new HaechiError('rights-missing', { context: name, rights: missing.join(', ') });
}

/** @throws HaechiError `no-ready-node`; KubeError or a network error */
export async function checkNodes(kube: Kube, signal: AbortSignal): Promise<void> {
  const { value } = await kube.request<{ items: V1Node[] }>('GET', '/api/v1/nodes', { signal });
  if (value.items.some(takesPods)) return;
  const nodes = value.items.map(({ metadata }) => metadata?.name ?? '').join(', ');
  throw new HaechiError('no-ready-node', { nodes: nodes || '-' });
}

/** Ready, and not kept free of pods that tolerate nothing, as a control plane's node is. */
function takesPods(node: V1Node): boolean {
  const { spec } = node;
  const kept = spec?.taints?.some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute') ?? false;
  return isNodeReady(node) && !kept && spec?.unschedulable !== true;
}
