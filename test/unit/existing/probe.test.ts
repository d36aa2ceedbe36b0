import { expect, test } from 'vitest';
import { newestProbe, nextProbeName, probeContainer } from '../../../server/cluster/existing/probe/probe-container.ts';
import { answerOf } from '../../../server/cluster/existing/probe/get-from-pod.ts';
import { violations } from '../../../server/grader/pod-security/levels.ts';

test('the container for probes is within restricted', () => {
  const spec = { containers: [], ephemeralContainers: [probeContainer('haechi-probe', 'busybox:1.37')] };
  expect(violations('restricted', { spec })).toEqual([]);
});

test('one that has ended gets a successor', () => {
  const named = (...names: string[]) => ({
    spec: { containers: [], ephemeralContainers: names.map((name) => ({ name })) },
    status: { ephemeralContainerStatuses: [] },
  });
  expect(nextProbeName(named('debugger'))).toBe('haechi-probe');
  expect(nextProbeName(named('haechi-probe', 'debugger'))).toBe('haechi-probe-2');
  expect(newestProbe(named('haechi-probe', 'haechi-probe-2', 'haechi-probe-x'))?.name).toBe('haechi-probe-2');
  expect(newestProbe(named('debugger'))).toBeUndefined();
});

const url = new URL('http://shop:81/');
const connecting = 'Connecting to shop:81 (10.96.3.4:81)\n';
test.each([
  ['answered', 0, `${connecting}  HTTP/1.1 200 OK\n`, { result: 'answered', status: 200, body: 'out' }],
  [
    'an error',
    1,
    `${connecting}wget: server returned error: HTTP/1.1 502 Bad Gateway\n`,
    { result: 'answered', status: 502, body: 'out' },
  ],
  [
    'refused',
    1,
    `${connecting}wget: can't connect to remote host (10.96.3.4): Connection refused\n`,
    { result: 'refused', detail: '10.96.3.4' },
  ],
  ['silent', 1, `${connecting}wget: download timed out\n`, { result: 'timeout', detail: '10.96.3.4' }],
  ['cut off', null, connecting, { result: 'timeout', detail: '10.96.3.4' }],
  ['broken off', null, `${connecting}  HTTP/1.1 200 OK\n`, { result: 'timeout', detail: '10.96.3.4' }],
  ['no such name', 1, "wget: bad address 'shop:81'\n", { result: 'unresolved', detail: 'shop' }],
  ['no name server', null, '', { result: 'unresolved', detail: 'shop' }],
  ['something else', 2, 'wget: applet not found\n', { result: 'impossible', detail: 'wget: applet not found' }],
])('what wget says of %s', (_name, exitCode, stderr, answer) => {
  expect(answerOf({ exitCode, stdout: 'out', stderr }, url)).toEqual(answer);
});
