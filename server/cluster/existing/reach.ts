import { HaechiError } from '../../errors.ts';
import { KubeError } from '../kube-error.ts';
import type { ChosenContext } from './kubeconfig.ts';

/** What OpenSSL (by Node) says of a certificate that it doesn't believe. */
const untrusted = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Tells why the API server could not be asked, in words with a remedy; other errors stay what they are. */
export function explainFailure(error: unknown, { name, server, from }: ChosenContext): unknown {
  if (error instanceof HaechiError) return error;
  if (error instanceof KubeError) {
    if (error.status !== 401) return error;
    return new HaechiError('credentials-refused', { context: name, path: from }, { cause: error });
  }
  const { code, reason } = innermost(error);
  if (untrusted.has(code)) return new HaechiError('certificate-untrusted', { server, reason }, { cause: error });
  if (/^(E[A-Z]{3,}|UND_ERR_\w+|ERR_SSL_\w+|ERR_TLS_\w+)$/.test(code)) {
    return new HaechiError('api-server-unreachable', { server, reason, path: from }, { cause: error });
  }
  return error;
}

/** undici wraps what happened; a name with several addresses fails with all of them. */
function innermost(error: unknown): { code: string; reason: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  if (!(error instanceof Error)) return { code: '', reason: String(error) };
  if (error.name === 'TimeoutError') return { code: 'ETIMEDOUT', reason: error.message };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return code === '' && error.cause ? innermost(error.cause) : { code, reason: error.message || code };
}
