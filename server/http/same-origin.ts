import type { IncomingMessage } from 'node:http';
import { HaechiError } from '../errors.ts';

/**
 * Refuses what another page or another host name sends. A page of another origin can't start a lab or open a terminal
 * (cross-site requests and WebSockets carry its Origin); a name that someone points at this machine (DNS rebinding)
 * isn't one of ours.
 * @param hosts host names that this server answers to, without ports.
 * @throws HaechiError `foreign-origin`
 */
export function requireSameOrigin(request: IncomingMessage, hosts: ReadonlySet<string>): void {
  const host = request.headers.host ?? '';
  if (!hosts.has(hostName(`http://${host}`))) throw new HaechiError('foreign-origin', { origin: host || '-' });
  const { origin } = request.headers;
  if (origin !== undefined && originHost(origin) !== host) throw new HaechiError('foreign-origin', { origin });
  const site = request.headers['sec-fetch-site'];
  const navigates = request.headers['sec-fetch-mode'] === 'navigate' && request.method === 'GET';
  if ((site === 'cross-site' || site === 'same-site') && !navigates)
    throw new HaechiError('foreign-origin', { origin: origin ?? site });
}

function hostName(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

function originHost(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : '';
}
