import { expect, test } from 'vitest';
import { curlProblem } from '../../../server/cluster/embedded/node/runtime/commands/curl-words.ts';
import { readCurlOptions } from '../../../server/cluster/embedded/node/runtime/commands/curl-options.ts';
import { headersOf } from '../../../server/cluster/embedded/node/runtime/commands/wget.ts';
import { TlsError } from '../../../server/cluster/embedded/node/runtime/network/listener.ts';

const url = new URL('https://kubernetes.default.svc/api');

test('options with a long name are found by their letter, and repeated ones are all kept', () => {
  const { flags, lists, rest } = readCurlOptions(['-sk', '-H', 'A: 1', '--header', 'B: x:y', '--insecure', 'http://a']);
  expect([...flags].sort()).toEqual(['insecure', 'k', 's']);
  expect(headersOf(lists['H'] ?? [])).toEqual({ a: '1', b: 'x:y' });
  expect(rest).toEqual(['http://a']);
});

test.each(['--proxy', '--resolve', '-x', '--connect-to', '--unix-socket'])('%s is no option', (option) => {
  expect(readCurlOptions([option, 'x', 'http://a']).unknown).toBe(option);
});

test.each([
  [
    { result: 'refused', ip: '10.96.0.1' },
    7,
    'Failed to connect to kubernetes.default.svc port 443 after 3 ms: Could not connect to server',
  ],
  [{ result: 'timeout', ip: '10.96.0.1' }, 28, 'Connection timed out after 3 milliseconds'],
  [{ result: 'unresolved', lost: false }, 6, 'Could not resolve host: kubernetes.default.svc'],
  [{ result: 'unresolved', lost: true }, 28, 'Resolving timed out after 3 milliseconds'],
] as const)('%j', (answer, code, words) => {
  expect(curlProblem(answer, url, 3, true)).toEqual({ code, words });
});

test('a certificate for another name, and no TLS at all', () => {
  const answer = (kind: TlsError['kind']) => ({ result: 'untrusted', ip: '', error: new TlsError(kind, '') }) as const;
  expect(curlProblem(answer('other name'), new URL('https://192.0.2.1/'), 1, true)).toMatchObject({
    code: 60,
    words: expect.stringContaining(
      "SSL: no alternative certificate subject name matches target ipv4 address '192.0.2.1'",
    ) as string,
  });
  expect(curlProblem(answer('failed'), url, 1, true)?.code).toBe(35);
});
