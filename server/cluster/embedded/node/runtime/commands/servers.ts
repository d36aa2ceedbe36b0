import { defineCommand, type CustomCommand, type ExecResult } from 'just-bash';
import { answer, type HttpRequest, type HttpResponse, type Listener } from '../network/listener.ts';
import type { Inside } from '../process.ts';
import { readOptions } from './options.ts';

/** Runs a program of the container with input, and gives what it wrote. */
export type RunProgram = (
  path: string,
  env: Record<string, string>,
  input: string,
) => Promise<{ exitCode: number; stdout: string }>;

const failed = (stderr: string, exitCode = 1): ExecResult => ({ exitCode, stdout: '', stderr });

/**
 * The programs that listen. Each runs until its container (or the exec that started it) is stopped. Those that handle
 * SIGTERM end at once, the others (BusyBox') only by SIGKILL.
 */
export function servers(
  inside: Inside,
  signals: { kill: AbortSignal; term: AbortSignal },
  run: RunProgram,
  log: (text: string) => void,
): CustomCommand[] {
  const { setup, filesystem, network } = inside;
  const ended = AbortSignal.any([signals.kill, signals.term]);
  /** Listens until stopped. */
  const serve = async (port: number, listener: Listener, name: string, signal = ended): Promise<ExecResult> => {
    let stop: () => void;
    try {
      stop = network.listen(setup.pod, port, 'TCP', listener);
    } catch (error) {
      return failed(`${name}: bind: ${error instanceof Error ? error.message : ''}\n`);
    }
    await until(signal);
    stop();
    return { exitCode: 0, stdout: '', stderr: '' };
  };

  const httpd = defineCommand('httpd', (args) => {
    const { values } = readOptions(args, 'phu', {});
    const root = values['h'] ?? inside.cwd;
    const port = Number((values['p'] ?? '80').split(':').at(-1));
    return serve(port, { http: (request) => serveFile(inside, root, request, run) }, 'httpd', signals.kill);
  });

  const nc = defineCommand('nc-listen', (args) => {
    const { values } = readOptions(args, 'pew', {});
    const program = values['e'];
    const raw = async (input: string) => (program ? (await run(program, {}, input)).stdout : '');
    return serve(Number(values['p'] ?? 0), { raw }, 'nc', signals.kill);
  });

  const nginx = defineCommand('nginx', async () => {
    for (const path of ['/var/cache/nginx/client_temp', '/run/nginx.pid']) {
      try {
        await filesystem.writeFile(path, '');
      } catch (error) {
        const number = String(error).includes('EROFS') ? '30: Read-only file system' : '13: Permission denied';
        const call = path.endsWith('pid') ? 'open()' : 'mkdir()';
        if (path.endsWith('pid') && setup.identity.uid !== 0 && inside.image.user.uid !== 0 && number.startsWith('13'))
          continue;
        return failed(`nginx: [emerg] ${call} "${path}" failed (${number})\n`);
      }
    }
    const config = (await filesystem.text('/etc/nginx/conf.d/default.conf')) ?? '';
    const port = Number(/listen\s+(\d+)/.exec(config)?.[1] ?? 80);
    const upstream = /proxy_pass\s+http:\/\/([\w.-]+)(?::(\d+))?/.exec(config);
    log('nginx: start worker processes\n');
    const http = async (request: HttpRequest): Promise<HttpResponse> => {
      if (!upstream) return serveFile(inside, '/usr/share/nginx/html', request, run);
      const connection = network.connect(setup.pod, upstream[1] ?? '', Number(upstream[2] ?? 80));
      if (connection.result === 'timeout') return answer(504, 'Gateway Time-out');
      return connection.result === 'open' && connection.listener.http
        ? connection.listener.http(request)
        : answer(502, 'Bad Gateway');
    };
    return serve(port, { http }, 'nginx');
  });

  const agnhost = defineCommand('agnhost', async (args) => {
    const [verb = 'pause', ...rest] = args;
    const { values, rest: places } = readOptions(rest, '', {
      'http-port': true,
      port: true,
      timeout: true,
      protocol: true,
    });
    if (verb === 'connect') return connect(inside, places[0] ?? '', values['timeout'] ?? '1s');
    if (verb === 'netexec')
      return serve(
        Number(values['http-port'] ?? 8080),
        { http: ({ path }) => Promise.resolve(netexec(inside, path)) },
        'netexec',
      );
    if (verb === 'serve-hostname')
      return serve(
        Number(values['port'] ?? 9376),
        { http: () => Promise.resolve(answer(200, 'OK', `${setup.pod.hostname}\n`)) },
        'serve-hostname',
      );
    if (verb !== 'pause')
      return failed(`agnhost ${verb} is not simulated; pause, netexec, serve-hostname and connect are\n`);
    await until(ended);
    return { exitCode: 0, stdout: '', stderr: '' };
  });

  const idle = (name: string) =>
    defineCommand(name, async () => {
      await until(ended);
      return { exitCode: 0, stdout: '', stderr: '' };
    });
  const coredns = defineCommand('coredns', () => serve(53, { raw: () => Promise.resolve('') }, 'coredns'));
  return [httpd, nc, nginx, agnhost, coredns, idle('pause')];
}

async function connect(inside: Inside, place: string, timeout: string): Promise<ExecResult> {
  const [host = '', port = '80'] = place.split(':');
  const connection = inside.network.connect(inside.setup.pod, host, Number(port));
  if (connection.result === 'open') return { exitCode: 0, stdout: '', stderr: '' };
  if (connection.result === 'unresolved') return failed('DNS\n');
  if (connection.result === 'refused') return failed('REFUSED\n');
  await new Promise((resolve) => setTimeout(resolve, (Number.parseFloat(timeout) || 1) * 1000));
  return failed('TIMEOUT\n');
}

function netexec({ setup }: Inside, path: string): HttpResponse {
  const url = new URL(path, 'http://pod');
  if (url.pathname === '/hostname' || url.pathname === '/hostName') return answer(200, 'OK', setup.pod.hostname);
  if (url.pathname === '/echo') return answer(200, 'OK', url.searchParams.get('msg') ?? '');
  return answer(200, 'OK', `NOW: ${new Date().toISOString()}`);
}

/** A file below a folder, or what a CGI program in /cgi-bin answers (RFC 3875). */
async function serveFile(
  { filesystem, setup }: Inside,
  root: string,
  request: HttpRequest,
  run: RunProgram,
): Promise<HttpResponse> {
  const url = new URL(request.path, 'http://pod');
  const path = filesystem.resolvePath('/', `${root}/${decodeURIComponent(url.pathname)}`);
  if (!path.startsWith(root) || !(await filesystem.exists(path)))
    return answer(
      404,
      'Not Found',
      '<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1></BODY></HTML>\n',
    );
  if (url.pathname.startsWith('/cgi-bin/')) {
    const env = {
      GATEWAY_INTERFACE: 'CGI/1.1',
      REQUEST_METHOD: request.method,
      QUERY_STRING: url.search.slice(1),
      SCRIPT_NAME: url.pathname,
      SERVER_PROTOCOL: 'HTTP/1.0',
      HTTP_HOST: request.headers['host'] ?? setup.pod.hostname,
    };
    const { stdout } = await run(path, env, request.body);
    return parseCgi(stdout);
  }
  const stat = await filesystem.stat(path);
  const file = stat.isDirectory ? `${path}/index.html` : path;
  if (!(await filesystem.exists(file))) return answer(404, 'Not Found');
  return {
    ...answer(200, 'OK', await filesystem.readFile(file)),
    headers: { 'content-type': file.endsWith('.html') ? 'text/html' : 'text/plain' },
  };
}

function parseCgi(output: string): HttpResponse {
  const [, head = '', body = ''] = /^([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(output) ?? [];
  if (!head) return answer(500, 'Internal Server Error');
  const headers = Object.fromEntries(
    head
      .split(/\r?\n/)
      .map((line) => [line.split(':')[0]?.toLowerCase() ?? '', line.slice(line.indexOf(':') + 1).trim()]),
  );
  const [status = '200', ...reason] = (headers['status'] ?? '200 OK').split(' ');
  return { status: Number(status), reason: reason.join(' '), headers, body };
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
