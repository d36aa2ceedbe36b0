import type { GetFromPod, HttpAnswer } from '../../cluster.ts';
import type { PodPlace, PodProber } from './pod-prober.ts';
import { CannotRun, type RunResult } from './run-in-container.ts';

/** What BusyBox' wget says, by what it means. */
const failures = [
  { pattern: /bad address/, result: 'unresolved' },
  { pattern: /Connection refused/, result: 'refused' },
  { pattern: /timed out|No route to host|Network is unreachable/, result: 'timeout' },
] as const;

/** Makes requests with the wget of a prober's image. */
export function getWith(prober: PodProber): GetFromPod {
  return async (from, address, timeoutMs, signal) => {
    const url = new URL(address);
    const seconds = String(Math.max(1, Math.ceil(timeoutMs / 1000)));
    try {
      const argv = ['wget', '-S', '-O', '-', '-T', seconds, address];
      const run = await prober.run(from, { argv, timeoutMs: timeoutMs + 500, signal });
      const answer = answerOf(run, url);
      if (answer.result !== 'answered' || run.exitCode === 0) return answer;
      // wget keeps the body of an answer that is an error to itself.
      return (await getRaw(prober, from, url, seconds, timeoutMs, signal)) ?? answer;
    } catch (error) {
      if (error instanceof CannotRun) return { result: 'impossible', detail: error.message };
      throw error;
    }
  };
}

/** What became of a request, by what wget said. */
export function answerOf({ exitCode, stdout, stderr }: RunResult, url: URL): HttpAnswer {
  const status = /^ *HTTP\/[\d.]+ (\d{3})/m.exec(stderr) ?? /server returned error: HTTP\/[\d.]+ (\d{3})/.exec(stderr);
  // An answer that broke off in the middle is none.
  if (status && (exitCode === 0 || stderr.includes('server returned error'))) {
    return { result: 'answered', status: Number(status[1]), body: stdout };
  }
  // It says where it connects to as soon as it knows the address.
  const ip = /^Connecting to \S+ \((.*):\d+\)/m.exec(stderr)?.[1];
  const failure = failures.find(({ pattern }) => pattern.test(stderr))?.result;
  if (ip === undefined && (failure === 'unresolved' || exitCode === null)) {
    return { result: 'unresolved', detail: url.hostname };
  }
  if (failure !== undefined || exitCode === null) return { result: failure ?? 'timeout', detail: ip ?? url.hostname };
  return { result: 'impossible', detail: stderr.trim().split('\n').at(-1) || `wget ended with ${exitCode}` };
}

/** HTTP/1.0 by hand: the answer ends with the connection. @returns null when what came is no whole answer. */
async function getRaw(
  prober: PodProber,
  from: PodPlace,
  url: URL,
  seconds: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<HttpAnswer | null> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const request = `GET ${url.pathname}${url.search} HTTP/1.0\r\nHost: ${url.host}\r\n\r\n`;
  const script = 'printf %s "$0" | nc -w "$1" "$2" "$3"';
  const argv = ['sh', '-c', script, request, seconds, host, url.port || '80'];
  const { stdout } = await prober.run(from, { argv, timeoutMs, signal });
  const match = /^HTTP\/[\d.]+ (\d{3})[^\n]*\n(?:[^\r\n]+\r?\n)*\r?\n([\s\S]*)$/.exec(stdout);
  return match ? { result: 'answered', status: Number(match[1]), body: match[2] ?? '' } : null;
}
