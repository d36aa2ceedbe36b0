import { isIP } from 'node:net';
import type { TlsError } from '../network/listener.ts';
import { portOf, type ClientAnswer } from './http-client.ts';

/** What curl says of a failure, and its exit code (curl(1), EXIT CODES). */
export interface CurlProblem {
  code: number;
  words: string;
}

const unverified = `More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the webpage mentioned above.`;

/**
 * @param milliseconds since the transfer began.
 * @param limited whether the user gave a deadline.
 * @returns undefined for an answer.
 */
export function curlProblem(
  answer: ClientAnswer,
  url: URL,
  milliseconds: number,
  limited: boolean,
): CurlProblem | undefined {
  const place = `${url.hostname} port ${portOf(url)}`;
  switch (answer.result) {
    case 'answered':
      return undefined;
    case 'unresolved':
      return answer.lost && limited && milliseconds < 5000
        ? { code: 28, words: `Resolving timed out after ${milliseconds} milliseconds` }
        : { code: 6, words: `Could not resolve host: ${url.hostname}` };
    case 'refused':
      return { code: 7, words: `Failed to connect to ${place} after ${milliseconds} ms: Could not connect to server` };
    case 'timeout':
      return limited
        ? { code: 28, words: `Connection timed out after ${milliseconds} milliseconds` }
        : { code: 28, words: `Failed to connect to ${place} after ${milliseconds} ms: Could not connect to server` };
    case 'late':
      return { code: 28, words: `Operation timed out after ${milliseconds} milliseconds with 0 bytes received` };
    case 'not http':
      return answer.wrote === ''
        ? { code: 52, words: 'Empty reply from server' }
        : { code: 1, words: 'Received HTTP/0.9 when not allowed' };
    case 'untrusted':
      return tlsProblem(answer.error, url.hostname);
  }
}

function tlsProblem({ kind }: TlsError, host: string): CurlProblem {
  switch (kind) {
    case 'untrusted':
      return { code: 60, words: `SSL certificate problem: unable to get local issuer certificate\n${unverified}` };
    case 'other name': {
      const kindOfName = isIP(host) ? 'ipv4 address' : 'host name';
      const words = `SSL: no alternative certificate subject name matches target ${kindOfName} '${host}'`;
      return { code: 60, words: `${words}\n${unverified}` };
    }
    case 'failed':
      return { code: 35, words: 'TLS connect error: error:0A00010B:SSL routines::wrong version number' };
  }
}
