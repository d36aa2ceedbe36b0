import { defineCommand, type CustomCommand } from 'just-bash';
import type { HttpResponse } from '../network/listener.ts';
import type { Inside } from '../process.ts';
import { curlProblem, type CurlProblem } from './curl-words.ts';
import { dataOf, readCurlOptions } from './curl-options.ts';
import { keep, traceOf, writeOut } from './curl-output.ts';
import { request, toUrl, type ClientAnswer } from './http-client.ts';
import type { Options } from './options.ts';
import { kernelPatience } from './patience.ts';
import { result } from './result.ts';
import { headersOf } from './wget.ts';

const version = '8.17.0';
/** How often a redirection is followed. */
const mostRedirects = 10;

/** curl, with its words and exit codes. What it reaches is the simulated network. */
export function curl(inside: Inside, signal: AbortSignal): CustomCommand {
  return defineCommand('curl', async (args, context) => {
    if (args.includes('--version') || args.includes('-V')) return result(0, `curl ${version} (simulated)\n`);
    const options = readCurlOptions(args);
    const { flags, values, rest, unknown } = options;
    if (unknown !== undefined)
      return result(2, '', `curl: option ${unknown}: is unknown\ncurl: try 'curl --help' for more information\n`);
    if (flags.has('help') || rest.length === 0)
      return result(2, '', "curl: try 'curl --help' or 'curl --manual' for more information\n");
    const resolve = (path: string) => inside.filesystem.resolvePath(context.cwd, path);
    const file = (path: string) => context.fs.readFile(resolve(path));
    let stdout = '';
    let stderr = '';
    let exitCode = 0;
    const silent = flags.has('s') && !flags.has('S');
    for (const target of rest) {
      const one = await transfer(inside, signal, target, options, file);
      stderr += one.trace;
      let { problem } = one;
      if (one.response && problem?.code !== 22) {
        const kept = await keep(one.response, target, values, flags, context.fs, resolve);
        stdout += kept.stdout;
        problem ??= kept.problem;
      }
      exitCode = problem?.code ?? 0;
      if (problem && !silent) stderr += `curl: (${problem.code}) ${problem.words}\n`;
      stdout += writeOut(values['w'] ?? '', one.response, target);
    }
    return result(exitCode, stdout, stderr);
  });
}

interface Transfer {
  response: HttpResponse | undefined;
  problem: CurlProblem | undefined;
  /** What `-v` tells. */
  trace: string;
}

async function transfer(
  inside: Inside,
  signal: AbortSignal,
  target: string,
  { flags, values, lists }: Options,
  file: (path: string) => Promise<string>,
): Promise<Transfer> {
  const failed = (code: number, words: string): Transfer => ({
    response: undefined,
    problem: { code, words },
    trace: '',
  });
  const first = toUrl(target);
  if (!first) return failed(3, 'URL rejected: Malformed input to a URL function');
  let body = await dataOf(lists, file);
  let url = first;
  if (flags.has('G') && body !== undefined) {
    url.search = [url.search.slice(1), body].filter(Boolean).join('&');
    body = undefined;
  }
  let authorities: string | undefined;
  const authorityFile = values['cacert'];
  if (authorityFile !== undefined) {
    authorities = await file(authorityFile).catch(() => undefined);
    if (!authorities?.includes('BEGIN CERTIFICATE'))
      return failed(77, `error adding trust anchors from file: ${authorityFile}`);
  }
  const inAll = values['m'] === undefined ? Number.POSITIVE_INFINITY : Number(values['m']);
  const headers = {
    'user-agent': values['A'] ?? `curl/${version}`,
    accept: '*/*',
    ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    ...(values['u'] === undefined ? {} : { authorization: `Basic ${Buffer.from(values['u']).toString('base64')}` }),
    ...(values['oauth2-bearer'] === undefined ? {} : { authorization: `Bearer ${values['oauth2-bearer']}` }),
    ...headersOf(lists['H'] ?? []),
  };
  const method = values['X'] ?? (flags.has('I') ? 'HEAD' : body === undefined ? 'GET' : 'POST');
  const began = Date.now();
  let trace = '';
  for (let turns = 0; ; turns++) {
    const left = inAll - (Date.now() - began) / 1000;
    const connectPatience = Math.min(Number(values['connect-timeout'] ?? kernelPatience), left);
    const trust = { authorities, verify: !flags.has('k') };
    const wanted = { url, method, headers, body: body ?? '', trust, connectPatience, patience: left };
    const answered: ClientAnswer = await request(inside, signal, wanted);
    if (flags.has('v')) trace += traceOf(answered, url, method, headers);
    const problem = curlProblem(answered, url, Date.now() - began, left < kernelPatience);
    if (problem || answered.result !== 'answered') return { response: undefined, problem, trace };
    const { response } = answered;
    const location =
      flags.has('L') && response.status >= 300 && response.status < 400 ? response.headers['location'] : '';
    if (location && turns >= mostRedirects)
      return { response, problem: { code: 47, words: `Maximum (${mostRedirects}) redirects followed` }, trace };
    const next: URL | undefined =
      location && URL.canParse(location, url.href) ? new URL(location, url.href) : undefined;
    if (!next || !/^https?:$/.test(next.protocol)) {
      const refused = flags.has('f') && response.status >= 400;
      const words = `The requested URL returned error: ${response.status}`;
      return { response, problem: refused ? { code: 22, words } : undefined, trace };
    }
    url = next;
  }
}
