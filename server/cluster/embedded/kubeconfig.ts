import { stringify } from 'yaml';
import { oneContext } from '../one-context.ts';
import type { KeyPair } from './certificate-authority.ts';
import type { Certificates } from './certificates.ts';

export interface KubeconfigOptions {
  /** `https://127.0.0.1:6443`. */
  server: string;
  /** PEM of the authority that the server's certificate comes from. */
  certificateAuthority: string;
  /** The name of the user entry; no meaning to the server. */
  user: string;
  /** A client certificate. */
  credentials: KeyPair;
}

/** The YAML text of a kubeconfig with one cluster, one user and one context, everything inline. */
export function writeKubeconfig({ server, certificateAuthority, user, credentials }: KubeconfigOptions): string {
  return stringify(
    oneContext({
      cluster: { server, 'certificate-authority-data': base64(certificateAuthority) },
      user: {
        name: user,
        credentials: {
          'client-certificate-data': base64(credentials.certificate),
          'client-key-data': base64(credentials.key),
        },
      },
    }),
  );
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
