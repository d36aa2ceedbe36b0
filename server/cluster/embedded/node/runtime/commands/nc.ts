import { decodeBytesToUtf8, defineCommand, type CustomCommand } from 'just-bash';
import type { Inside } from '../process.ts';
import { readOptions } from './options.ts';
import { kernelPatience, resolverPatience, wait } from './patience.ts';
import { result } from './result.ts';

/** BusyBox' nc as a client, with its words. */
export function nc(inside: Inside, signal: AbortSignal): CustomCommand {
  return defineCommand('nc', async (args, context) => {
    const { flags, values, rest } = readOptions(args, 'wpe', {});
    const [host = '', portText = ''] = rest;
    const port = Number(portText);
    if (!host || !Number.isInteger(port)) return result(1, '', 'Usage: nc [-zvu] [-w SEC] HOST PORT\n');
    const connection = inside.network.connect(inside.setup.pod, host, port, flags.has('u') ? 'UDP' : 'TCP');
    const patience = Number(values['w'] ?? kernelPatience);
    if (connection.result === 'unresolved') {
      if (connection.lost) await wait(resolverPatience, signal);
      return result(1, '', `nc: bad address '${host}'\n`);
    }
    const place = `${host} (${connection.ip}:${port})`;
    const loud = flags.has('v') || !flags.has('z');
    if (connection.result === 'refused') return result(1, '', loud ? `nc: ${place}: Connection refused\n` : '');
    if (connection.result !== 'open') {
      await wait(patience, signal);
      return result(1, '', loud ? `nc: ${place}: Connection timed out\n` : '');
    }
    const opened = flags.has('v') ? `${place} open\n` : '';
    if (flags.has('z')) return result(0, '', opened);
    const { listener } = connection;
    const input = decodeBytesToUtf8(context.stdin);
    if (listener.raw) return result(0, await listener.raw(input), opened);
    const [head = '', ...body] = input.split(/\r?\n\r?\n/);
    const [method, path] = head.split(' ');
    if (!listener.http || !method || !path) return result(0, '', opened);
    const answer = await listener.http({ method, path, headers: {}, body: body.join('\n\n') });
    return result(0, `HTTP/1.1 ${answer.status} ${answer.reason}\r\n\r\n${answer.body}`, opened);
  });
}
