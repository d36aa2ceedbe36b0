import 'reflect-metadata';
import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 24 * 60 * 60 * 1000;

/** PEM texts. The key is PKCS #8. */
export interface KeyPair {
  certificate: string;
  key: string;
}

export interface CertificateRequest {
  /** CN: for a client, its user name. */
  commonName: string;
  /** O: for a client, its groups. */
  organizations?: string[];
  usage: 'serverAuth' | 'clientAuth';
  /** What a server is reached by, DNS names and IP addresses. */
  hosts?: string[];
  days: number;
}

/** A self-signed authority with an ECDSA P-256 key. */
export async function createAuthority(commonName: string, days: number): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: [{ CN: [commonName] }],
      ...validity(days),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certificate: certificate.toString('pem') + '\n', key: await exportKey(keys.privateKey) };
}

/** A certificate that `authority` signs, with a new ECDSA P-256 key. */
export async function issue(authority: KeyPair, request: CertificateRequest): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(authority.key),
    algorithm,
    false,
    ['sign'],
  );
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const hosts = request.hosts ?? [];
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: [...(request.organizations ?? []).map((name) => ({ O: [name] })), { CN: [request.commonName] }],
      issuer: issuer.subjectName,
      ...validity(request.days),
      signingAlgorithm: algorithm,
      signingKey,
      publicKey: keys.publicKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[request.usage]]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
        ...(hosts.length > 0
          ? [
              new x509.SubjectAlternativeNameExtension(
                hosts.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
              ),
            ]
          : []),
      ],
    },
    webcrypto,
  );
  return { certificate: certificate.toString('pem') + '\n', key: await exportKey(keys.privateKey) };
}

/** A private key that signs ServiceAccount tokens (ES256). SEC 1 PEM: the API server reads the public key from it, too. */
export function createSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'sec1', format: 'pem' }).toString();
}

/** Whether a stored pair still does: key and certificate match, it lasts, this signer made it, for these hosts. */
export function isUsable(pair: KeyPair, wanted: { deadline: Date; signer?: KeyPair; hosts?: string[] }): boolean {
  try {
    const certificate = new X509Certificate(pair.certificate);
    return (
      certificate.checkPrivateKey(createPrivateKey(pair.key)) &&
      new Date(certificate.validTo) > wanted.deadline &&
      (!wanted.signer || certificate.verify(createPublicKey(wanted.signer.certificate))) &&
      (wanted.hosts ?? []).every((host) =>
        isIP(host) ? certificate.checkIP(host) !== undefined : certificate.checkHost(host) !== undefined,
      )
    );
  } catch {
    // Not PEM, or half of it: as good as not there.
    return false;
  }
}

/** An hour back, for clocks that were set back since. */
function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - 60 * 60 * 1000), notAfter: new Date(now + days * day) };
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY') + '\n';
}
