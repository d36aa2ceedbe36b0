import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from './atomic-file.ts';
import {
  createAuthority,
  createSigningKey,
  isUsable,
  issue,
  type CertificateRequest,
  type KeyPair,
} from './certificate-authority.ts';

/** A key pair with the files it lies in, for programs that take paths. */
export interface StoredKeyPair extends KeyPair {
  certificatePath: string;
  keyPath: string;
}

/**
 * Everything that the control plane proves itself with. The API server and the node have an authority of their own
 * each, so that no certificate the cluster ever signs can open the node's API.
 */
export interface Certificates {
  clusterAuthority: StoredKeyPair;
  apiServer: StoredKeyPair;
  /** The platform's own, in `system:masters`. */
  administrator: StoredKeyPair;
  controllerManager: StoredKeyPair;
  nodeAuthority: StoredKeyPair;
  /** What the node serves its API with. */
  node: StoredKeyPair;
  /** What the API server shows the node. */
  kubeletClient: StoredKeyPair;
  serviceAccountKeyPath: string;
}

const authorityDays = 3650;
const leafDays = 365;
/** A certificate that ends sooner than this is made anew at a start. */
const renewBefore = 60 * 24 * 60 * 60 * 1000;

export interface CertificateOptions {
  /** Where they are kept, readable by the owner alone. */
  folder: string;
  /** Names and addresses of the API server besides those that every cluster has. */
  apiServerHosts: string[];
  /** Names and addresses of the node. */
  nodeHosts: string[];
  now?: Date;
}

/** Reads the certificates of a data folder; makes those that are missing or end soon. */
export async function loadCertificates(options: CertificateOptions): Promise<Certificates> {
  const { folder, now = new Date() } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const deadline = new Date(now.getTime() + renewBefore);

  const [clusterAuthority, nodeAuthority] = await Promise.all(
    (['cluster', 'node'] as const).map((name) =>
      load(
        folder,
        `${name}-ca`,
        () => createAuthority(`haechi-${name}-ca`, authorityDays),
        (pair) => isUsable(pair, { deadline }),
      ),
    ) as [Promise<StoredKeyPair>, Promise<StoredKeyPair>],
  );
  const leaf = (name: string, signer: KeyPair, request: Omit<CertificateRequest, 'days'>) =>
    load(
      folder,
      name,
      () => issue(signer, { ...request, days: leafDays }),
      (pair) => isUsable(pair, { deadline, signer, hosts: request.hosts ?? [] }),
    );

  const [apiServer, administrator, controllerManager, node, kubeletClient] = await Promise.all([
    leaf('kube-apiserver', clusterAuthority, {
      commonName: 'kube-apiserver',
      usage: 'serverAuth',
      hosts: [
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        'kubernetes.default.svc.cluster.local',
        ...options.apiServerHosts,
      ],
    }),
    leaf('administrator', clusterAuthority, {
      commonName: 'haechi-administrator',
      organizations: ['system:masters'],
      usage: 'clientAuth',
    }),
    leaf('kube-controller-manager', clusterAuthority, {
      commonName: 'system:kube-controller-manager',
      usage: 'clientAuth',
    }),
    leaf('node', nodeAuthority, { commonName: 'haechi-node', usage: 'serverAuth', hosts: options.nodeHosts }),
    leaf('kubelet-client', nodeAuthority, { commonName: 'kube-apiserver-kubelet-client', usage: 'clientAuth' }),
  ]);
  return {
    clusterAuthority,
    apiServer,
    administrator,
    controllerManager,
    nodeAuthority,
    node,
    kubeletClient,
    serviceAccountKeyPath: await loadSigningKey(join(folder, 'service-account.key')),
  };
}

async function load(
  folder: string,
  name: string,
  create: () => Promise<KeyPair>,
  usable: (pair: KeyPair) => boolean,
): Promise<StoredKeyPair> {
  const certificatePath = join(folder, `${name}.crt`);
  const keyPath = join(folder, `${name}.key`);
  const [certificate, key] = await Promise.all([readIfThere(certificatePath), readIfThere(keyPath)]);
  if (certificate !== null && key !== null && usable({ certificate, key })) {
    return { certificate, key, certificatePath, keyPath };
  }
  const pair = await create();
  // A crash in between leaves a pair that doesn't match, which isn't usable at the next start.
  await writeAtomically(keyPath, pair.key, 0o600);
  await writeAtomically(certificatePath, pair.certificate, 0o600);
  return { ...pair, certificatePath, keyPath };
}

async function loadSigningKey(path: string): Promise<string> {
  if ((await readIfThere(path)) === null) await writeAtomically(path, createSigningKey(), 0o600);
  return path;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
