import { stringify } from 'yaml';
import type { KeyPair } from './certificate-authority.ts';
import type { Certificates } from './certificates.ts';

/** Who a kubeconfig speaks as: a client certificate, or a bearer token. */
export type Credentials = KeyPair | { token: string };

export interface KubeconfigOptions {
  /** `https://127.0.0.1:6443`. */
  server: string;
  /** PEM of the authority that the server's certificate comes from. */
  certificateAuthority: string;
  /** The name of the user entry; no meaning to the server. */
  user: string;
  credentials: Credentials;
  namespace?: string;
}

/** The YAML text of a kubeconfig with one cluster, one user and one context, everything inline. */
export function writeKubeconfig(options: KubeconfigOptions): string {
  const { credentials } = options;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'haechi',
        cluster: { server: options.server, 'certificate-authority-data': base64(options.certificateAuthority) },
      },
    ],
    users: [
      {
        name: options.user,
        user:
          'token' in credentials
            ? { token: credentials.token }
            : {
                'client-certificate-data': base64(credentials.certificate),
                'client-key-data': base64(credentials.key),
              },
      },
    ],
    contexts: [
      {
        name: 'haechi',
        context: {
          cluster: 'haechi',
          user: options.user,
          ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
        },
      },
    ],
    'current-context': 'haechi',
  });
}

/** The platform's own, which may do everything. */
export function administratorKubeconfig(server: string, certificates: Certificates): string {
  return writeKubeconfig({
    server,
    certificateAuthority: certificates.clusterAuthority.certificate,
    user: 'haechi-administrator',
    credentials: certificates.administrator,
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
