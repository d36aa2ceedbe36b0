import type { IFileSystem } from 'just-bash';
import { kernelWords } from '../kernel-words.ts';
import type { HttpResponse } from '../network/listener.ts';
import type { CurlProblem } from './curl-words.ts';
import { portOf, type ClientAnswer } from './http-client.ts';

/** Puts an answer where `-o`, `-O`, `-i` and `-I` want it. */
export async function keep(
  response: HttpResponse,
  target: string,
  values: Record<string, string>,
  flags: Set<string>,
  fs: IFileSystem,
  resolve: (path: string) => string,
): Promise<{ stdout: string; problem?: CurlProblem }> {
  const head = flags.has('I') || flags.has('i') ? headOf(response) : '';
  const text = head + (flags.has('I') ? '' : response.body);
  const file = values['o'] ?? (flags.has('O') ? (target.split('?')[0]?.split('/').pop() ?? '') : '-');
  if (file === '-') return { stdout: text };
  if (file === '/dev/null') return { stdout: '' };
  try {
    await fs.writeFile(resolve(file), text);
    return { stdout: '' };
  } catch (error) {
    return { stdout: '', problem: { code: 23, words: `Failed to open the file ${file}: ${kernelWords(error)}` } };
  }
}

function headOf({ status, reason, headers }: HttpResponse): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n`;
}

/** What `-w` asks for. */
export function writeOut(format: string, response: HttpResponse | undefined, target: string): string {
  return format
    .replaceAll(/%\{(?:http_code|response_code)\}/g, String(response?.status ?? 0).padStart(3, '0'))
    .replaceAll('%{size_download}', String(Buffer.byteLength(response?.body ?? '')))
    .replaceAll('%{url}', target)
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t');
}

/** What `-v` tells of one request. */
export function traceOf(answer: ClientAnswer, url: URL, method: string, headers: Record<string, string>): string {
  if (!('ip' in answer)) return `* Could not resolve host: ${url.hostname}\n`;
  const place = `${answer.ip}:${portOf(url)}`;
  if (answer.result !== 'answered') return `*   Trying ${place}...\n`;
  const sent = [`${method} ${url.pathname}${url.search} HTTP/1.1`, `Host: ${url.host}`];
  const lines = [...sent, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), ''];
  const got = headOf(answer.response).split('\r\n').slice(0, -1);
  return `*   Trying ${place}...\n* Connected to ${url.hostname} (${answer.ip}) port ${portOf(url)}\n${lines
    .map((line) => `> ${line}\n`)
    .join('')}${got.map((line) => `< ${line}\n`).join('')}`;
}
