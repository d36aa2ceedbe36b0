import { once } from 'node:events';
import { connect } from 'node:net';
import { Agent, fetch, type Dispatcher } from 'undici';
import type { Certificates } from './certificates.ts';

const answerMs = 2000;

/** Whether somebody listens on a unix socket. */
export async function listensOn(path: string, signal: AbortSignal): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect', { signal });
    return true;
  } finally {
    socket.destroy();
  }
}

/** Connections for the platform's own questions to the API server; whoever makes one closes it. */
export function administratorConnections(certificates: Certificates): Dispatcher {
  const { administrator, clusterAuthority } = certificates;
  return new Agent({
    connect: { ca: clusterAuthority.certificate, cert: administrator.certificate, key: administrator.key },
  });
}

/** GET of a path of the API server: whether the answer was a success. Throws when there is no answer. */
export async function answersWell(url: string, dispatcher: Dispatcher, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(url, { dispatcher, signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]) });
  await response.text();
  return response.ok;
}
