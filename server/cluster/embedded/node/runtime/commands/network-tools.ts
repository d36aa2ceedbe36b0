import { setTimeout as sleep } from 'node:timers/promises';
import { decodeBytesToUtf8, defineCommand, type CustomCommand, type ExecResult } from 'just-bash';
import type { Connection, HttpResponse } from '../network.ts';
import type { Inside } from '../process.ts';
import { readOptions } from './options.ts';

const result = (exitCode: number, stdout = '', stderr = ''): ExecResult => ({ exitCode, stdout, stderr });

/** How long a tool without a deadline of its own waits for a packet that was dropped (the kernel's SYN retries). */
const kernelPatience = 127;

/** The clients of the network, with the words and exit codes of the real ones (BusyBox' where the image has BusyBox). */
export function networkTools(inside: Inside, signal: AbortSignal): CustomCommand[] {
  const { network, setup } = inside;
  const wait = (seconds: number) => sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  const connect = (host: string, port: number, protocol: 'TCP' | 'UDP' = 'TCP'): Connection =>
    network.connect(setup.pod, host, port, protocol);

  const fetch = async (
    url: URL,
    method: string,
    headers: Record<string, string>,
    body: string,
    patience: number,
  ): Promise<HttpResponse | Exclude<Connection, { result: 'open' }> | 'late'> => {
    const connection = connect(url.hostname, Number(url.port || (url.protocol === 'https:' ? 443 : 80)));
    if (connection.result !== 'open') {
      if (connection.result === 'timeout') await wait(patience);
      return connection;
    }
    if (!connection.listener.http)
      return {
        status: 0,
        reason: '',
        headers: {},
        body: await (connection.listener.raw?.(body) ?? Promise.resolve('')),
      };
    const answer = connection.listener.http({
      method,
      path: url.pathname + url.search,
      headers: { host: url.host, ...headers },
      body,
    });
    return Promise.race([answer, wait(patience).then(() => 'late' as const)]);
  };

  const wget = defineCommand('wget', async (args) => {
    const { flags, values, rest } = readOptions(args, 'OTtUP', {
      'post-data': true,
      header: true,
      timeout: true,
      spider: false,
    });
    const target = rest[0] ?? '';
    const url = toUrl(target);
    if (!url) return result(1, '', `wget: bad address '${target}'\n`);
    const answer = await fetch(
      url,
      values['post-data'] === undefined ? 'GET' : 'POST',
      {},
      values['post-data'] ?? '',
      Number(values['T'] ?? values['timeout'] ?? 900),
    );
    if (answer === 'late') return result(1, '', 'wget: download timed out\n');
    if ('result' in answer) {
      if (answer.result === 'unresolved') return result(1, '', `wget: bad address '${url.host}'\n`);
      const dotted = `${answer.ip}:${url.port || 80}`;
      const connecting = flags.has('q') ? '' : `Connecting to ${url.host} (${dotted})\n`;
      return result(
        1,
        '',
        answer.result === 'refused'
          ? `${connecting}wget: can't connect to remote host (${answer.ip}): Connection refused\n`
          : `${connecting}wget: download timed out\n`,
      );
    }
    if (answer.status === 0) return result(1, '', 'wget: error getting response\n');
    if (answer.status >= 400)
      return result(1, '', `wget: server returned error: HTTP/1.1 ${answer.status} ${answer.reason}\n`);
    const file = values['O'];
    if (file === '-' || file === undefined) return result(0, answer.body);
    await inside.filesystem.writeFile(inside.filesystem.resolvePath(inside.cwd, file), answer.body);
    return result(0);
  });

  const curl = defineCommand('curl', async (args) => {
    const { flags, values, rest } = readOptions(args, 'mowHXd', {
      'connect-timeout': true,
      'max-time': true,
      header: true,
      request: true,
      data: true,
      output: true,
      'write-out': true,
      silent: false,
      cacert: true,
      insecure: false,
      fail: false,
    });
    const target = rest[0] ?? '';
    const url = toUrl(target);
    if (!url) return result(3, '', 'curl: (3) URL rejected: Malformed input to a URL function\n');
    const quiet = (flags.has('s') || flags.has('silent')) && !flags.has('S');
    const say = (words: string) => (quiet ? '' : `${words}\n`);
    const patience = Number(values['m'] ?? values['max-time'] ?? values['connect-timeout'] ?? kernelPatience);
    const data = values['d'] ?? values['data'];
    const began = Date.now();
    const answer = await fetch(
      url,
      values['X'] ?? values['request'] ?? (data === undefined ? 'GET' : 'POST'),
      {},
      data ?? '',
      patience,
    );
    const port = url.port || (url.protocol === 'https:' ? 443 : 80);
    const written = (status: number) =>
      (values['w'] ?? values['write-out'] ?? '')
        .replaceAll('%{http_code}', String(status).padStart(3, '0'))
        .replaceAll('\\n', '\n');
    if (answer === 'late')
      return result(
        28,
        written(0),
        say(`curl: (28) Operation timed out after ${Date.now() - began} milliseconds with 0 bytes received`),
      );
    if ('result' in answer) {
      if (answer.result === 'unresolved')
        return result(6, written(0), say(`curl: (6) Could not resolve host: ${url.hostname}`));
      if (answer.result === 'refused')
        return result(
          7,
          written(0),
          say(`curl: (7) Failed to connect to ${url.hostname} port ${port} after 0 ms: Could not connect to server`),
        );
      return result(28, written(0), say(`curl: (28) Connection timed out after ${Date.now() - began} milliseconds`));
    }
    if (answer.status === 0) return result(1, '', say('curl: (1) Received HTTP/0.9 when not allowed'));
    const head =
      flags.has('I') || flags.has('i')
        ? `HTTP/1.1 ${answer.status} ${answer.reason}\r\n${Object.entries(answer.headers)
            .map(([name, value]) => `${name}: ${value}\r\n`)
            .join('')}\r\n`
        : '';
    if ((flags.has('f') || flags.has('fail')) && answer.status >= 400)
      return result(22, written(answer.status), say(`curl: (22) The requested URL returned error: ${answer.status}`));
    const body = flags.has('I') ? '' : answer.body;
    const file = values['o'] ?? values['output'];
    if (file === undefined || file === '-') return result(0, head + body + written(answer.status));
    await inside.filesystem.writeFile(inside.filesystem.resolvePath(inside.cwd, file), body);
    return result(0, written(answer.status));
  });

  const nc = defineCommand('nc', async (args, context) => {
    const { flags, values, rest } = readOptions(args, 'wpe', {});
    const [host = '', portText = ''] = rest;
    const port = Number(portText);
    const patience = Number(values['w'] ?? kernelPatience);
    const connection: Connection = connect(host, port, flags.has('u') ? 'UDP' : 'TCP');
    if (connection.result === 'unresolved') return result(1, '', `nc: bad address '${host}'\n`);
    const place = `${host} (${connection.ip}:${port})`;
    if (connection.result === 'refused')
      return result(1, '', flags.has('v') || !flags.has('z') ? `nc: ${place}: Connection refused\n` : '');
    if (connection.result !== 'open') {
      await wait(patience);
      return result(1, '', flags.has('v') || !flags.has('z') ? `nc: ${place}: Connection timed out\n` : '');
    }
    const opened = flags.has('v') ? `${place} open\n` : '';
    if (flags.has('z')) return result(0, '', opened);
    const { listener } = connection;
    const input = decodeBytesToUtf8(context.stdin);
    if (listener.raw) return result(0, await listener.raw(input), opened);
    const [line = ''] = input.split('\r\n');
    const [method, path] = line.split(' ');
    if (!listener.http || !method || !path) return result(0, '', opened);
    const answer = await listener.http({ method, path, headers: {}, body: '' });
    return result(0, `HTTP/1.1 ${answer.status} ${answer.reason}\r\n\r\n${answer.body}`, opened);
  });

  const nslookup = defineCommand('nslookup', (args) => {
    const name = args.find((each) => !each.startsWith('-')) ?? '';
    const address = network.resolve(setup.pod, name);
    const server = 'Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n';
    if (address === 'blocked')
      return wait(5).then(() => result(1, '', ';; connection timed out; no servers could be reached\n\n'));
    if (address === undefined) return Promise.resolve(result(1, `${server}** server can't find ${name}: NXDOMAIN\n\n`));
    return Promise.resolve(result(0, `${server}Name:\t${name}\nAddress: ${address}\n\n`));
  });

  const ping = defineCommand('ping', async (args) => {
    const { values, rest } = readOptions(args, 'cWwi', {});
    const host = rest[0] ?? '';
    const address = network.resolve(setup.pod, host);
    if (address === undefined || address === 'blocked') return result(1, '', `ping: bad address '${host}'\n`);
    await wait(Number(values['W'] ?? values['w'] ?? 1));
    return result(
      1,
      `PING ${host} (${address}): 56 data bytes\n\n--- ${host} ping statistics ---\n1 packets transmitted, 0 packets received, 100% packet loss\n`,
      'ping: the simulated network carries TCP and UDP only; try nc -zv\n',
    );
  });

  return [wget, curl, nc, nslookup, ping];
}

function toUrl(text: string): URL | undefined {
  const full = /^https?:\/\//.test(text) ? text : `http://${text}`;
  return URL.canParse(full) ? new URL(full) : undefined;
}
