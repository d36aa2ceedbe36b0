import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { HaechiError } from '../../errors.ts';
import { oneContext } from '../one-context.ts';
import type { ChosenContext } from './kubeconfig.ts';

/** Where a kubelet mounts the ServiceAccount of a pod, unless the pod says otherwise. */
export const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The cluster that this process runs in a pod of, by the ServiceAccount that is mounted. The kubelet renews the token
 * before it expires, so its file is named and not its content: it is read again by the client, every minute.
 * @returns null when this is no such pod.
 * @throws HaechiError `kubeconfig-unreadable` when it is one, and what is mounted can't be read.
 */
export async function mountedAccount(
  environment: NodeJS.ProcessEnv,
  folder: string = accountFolder,
): Promise<ChosenContext | null> {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '';
  if (host === '' || port === '') return null;
  const tokenFile = join(folder, 'token');
  if ((await read(tokenFile)) === null) return null;
  const authority = await read(join(folder, 'ca.crt'));
  if (authority === null) {
    throw new HaechiError('kubeconfig-unreadable', { path: join(folder, 'ca.crt'), reason: 'ENOENT' });
  }
  const name = 'in-cluster';
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const cluster = { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') };
  // A kubeconfig has a field for this, which the client reads only once; its own provider reads the file again.
  const credentials = { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } };
  const text = stringify(oneContext({ name, cluster, user: { name, credentials } }));
  return { name, server, from: folder, command: null, text };
}

async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new HaechiError('kubeconfig-unreadable', { path, reason: message }, { cause: error });
  }
}
