import { defineCommand, type CustomCommand } from 'just-bash';
import type { Inside } from '../process.ts';
import { readOptions } from './options.ts';
import { resolverPatience, wait } from './patience.ts';
import { result } from './result.ts';

/** nslookup and ping: what asks for names. */
export function lookupTools(inside: Inside, signal: AbortSignal): CustomCommand[] {
  const { network, setup } = inside;
  const nslookup = defineCommand('nslookup', async (args) => {
    const name = args.find((each) => !each.startsWith('-')) ?? '';
    if (!name) return result(1, '', 'Usage: nslookup [-type=QUERY_TYPE] HOST [DNS_SERVER]\n');
    const found = network.lookup(setup.pod, name);
    const [address = ''] = setup.pod.dns.servers;
    const server = `Server:\t\t${address}\nAddress:\t${address}:53\n\n`;
    switch (found.result) {
      case 'lost':
        await wait(resolverPatience, signal);
        return result(1, '', ';; connection timed out; no servers could be reached\n\n');
      case 'unknown':
        return result(1, `${server}** server can't find ${name}: NXDOMAIN\n\n`);
      case 'found':
        return result(
          0,
          `${server}${found.addresses.map((each) => `Name:\t${found.name}\nAddress: ${each}\n`).join('')}\n`,
        );
    }
  });

  const ping = defineCommand('ping', async (args) => {
    const { values, rest } = readOptions(args, 'cWwi', {});
    const host = rest[0] ?? '';
    const found = network.lookup(setup.pod, host);
    if (found.result === 'lost') await wait(resolverPatience, signal);
    if (found.result !== 'found') return result(1, '', `ping: bad address '${host}'\n`);
    await wait(Number(values['W'] ?? values['w'] ?? 1), signal);
    return result(
      1,
      `PING ${host} (${found.addresses[0] ?? ''}): 56 data bytes\n\n--- ${host} ping statistics ---\n1 packets transmitted, 0 packets received, 100% packet loss\n`,
      'ping: the simulated network carries TCP and UDP only; try nc -zv\n',
    );
  });
  return [nslookup, ping];
}
