import { defineCommand, type CustomCommand } from 'just-bash';
import { kernelWords } from '../kernel-words.ts';
import type { Inside } from '../process.ts';
import { portOf, request, toUrl, type ClientAnswer } from './http-client.ts';
import { readOptions } from './options.ts';
import { result } from './result.ts';

/** How long it waits without `-T`. */
const ownPatience = 900;

/** BusyBox' wget, with its words. It encrypts, but verifies no certificate. */
export function wget(inside: Inside, signal: AbortSignal): CustomCommand {
  return defineCommand('wget', async (args, context) => {
    const long = { 'post-data': true, header: true, timeout: true, spider: false, quiet: false };
    const more = { 'no-check-certificate': false, 'output-document': true, 'user-agent': true };
    const { flags, values, lists, rest, unknown } = readOptions(args, 'OTtUPYo', { ...long, ...more }, 'qScx');
    if (unknown !== undefined) return result(1, '', `wget: unrecognized option '${unknown}'\n`);
    const url = toUrl(rest[0] ?? '');
    if (!url) return result(1, '', `wget: bad address '${rest[0] ?? ''}'\n`);
    const quiet = flags.has('q') || flags.has('quiet');
    const patience = Number(values['T'] ?? values['timeout'] ?? ownPatience);
    const data = values['post-data'];
    const method = data !== undefined ? 'POST' : flags.has('spider') ? 'HEAD' : 'GET';
    const answer = await request(inside, signal, {
      url,
      method,
      headers: {
        'user-agent': values['U'] ?? values['user-agent'] ?? 'Wget',
        ...(data === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headersOf(lists['header'] ?? []),
      },
      body: data ?? '',
      trust: { authorities: undefined, verify: false },
      connectPatience: patience,
      patience,
    });
    const unverified =
      url.protocol === 'https:' && answer.result === 'answered' && !flags.has('no-check-certificate')
        ? 'wget: note: TLS certificate validation not implemented\n'
        : '';
    const told =
      'ip' in answer && !quiet ? `Connecting to ${url.host} (${answer.ip}:${portOf(url)})\n${unverified}` : unverified;
    const problem = problemOf(answer, url);
    if (problem !== undefined || answer.result !== 'answered') return result(1, '', `${told}wget: ${problem ?? ''}\n`);
    if (flags.has('spider')) return result(0, '', quiet ? told : `${told}remote file exists\n`);
    const file = values['O'] ?? values['output-document'] ?? (url.pathname.split('/').pop() || 'index.html');
    if (file === '-') return result(0, answer.response.body, told);
    const path = inside.filesystem.resolvePath(context.cwd, file);
    try {
      await context.fs.writeFile(path, answer.response.body);
    } catch (error) {
      return result(1, '', `${told}wget: can't open '${file}': ${kernelWords(error)}\n`);
    }
    return result(0, '', quiet ? told : `${told}saving to '${file}'\n'${file}' saved\n`);
  });
}

function problemOf(answer: ClientAnswer, url: URL): string | undefined {
  switch (answer.result) {
    case 'unresolved':
      return `bad address '${url.host}'`;
    case 'refused':
      return `can't connect to remote host (${answer.ip}): Connection refused`;
    case 'timeout':
    case 'late':
      return 'download timed out';
    case 'not http':
      return 'error getting response';
    case 'untrusted':
      return 'TLS error from peer (alert code 80): internal error';
    case 'answered':
      return answer.response.status >= 400
        ? `server returned error: HTTP/1.1 ${answer.response.status} ${answer.response.reason}`
        : undefined;
  }
}

/** `Name: value` lines. */
export function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.flatMap((line): [string, string][] => {
      const at = line.indexOf(':');
      return at < 1 ? [] : [[line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()]];
    }),
  );
}
