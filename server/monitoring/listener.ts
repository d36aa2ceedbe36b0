import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { HaechiError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

export interface MonitoringOptions {
  host: string;
  /** 0 for any free one. */
  port: number;
  metrics: Pick<Metrics, 'read'>;
  readiness: () => Promise<Readiness>;
  log: Log;
}

export interface Monitoring {
  /** `http://127.0.0.1:9464` */
  url: string;
  stop(): Promise<void>;
}

interface Answer {
  status: number;
  type: string;
  text: string;
}

/**
 * Answers those who watch over the platform, apart from its pages: kubelet and Prometheus come from other machines, and
 * pages are for this one alone. `/healthz` says that the event loop turns, `/readyz` whether learners can work and if not
 * why, `/metrics` the numbers. There is nothing of a learner's in it, and nothing can be changed by it.
 * @throws HaechiError `metrics-port-in-use`
 */
export async function openMonitoring({ host, port, metrics, readiness, log }: MonitoringOptions): Promise<Monitoring> {
  const routes: Record<string, () => Promise<Answer>> = {
    '/healthz': () => Promise.resolve(plain(200, 'ok\n')),
    '/readyz': async () => {
      const { ready, lines } = await readiness();
      return plain(ready ? 200 : 503, `${lines.join('\n')}\n`);
    },
    '/metrics': async () => ({ status: 200, ...(await metrics.read()) }),
  };
  const answer = async ({ method, url = '' }: IncomingMessage): Promise<Answer> => {
    const route = routes[url.split('?', 1)[0] ?? ''];
    if (!route) return plain(404, 'not found\n');
    if (method !== 'GET' && method !== 'HEAD') return plain(405, 'GET only\n');
    return route();
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    answer(request)
      .catch((error: unknown) => {
        log.error({ err: error, path: request.url }, 'a question about health or metrics could not be answered');
        return plain(500, 'failed\n');
      })
      .then(({ status, type, text }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
        response.end(request.method === 'HEAD' ? undefined : text);
      })
      .catch((error: unknown) => log.error({ err: error }, 'an answer about health or metrics was not sent'));
  });
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new HaechiError('metrics-port-in-use', { port });
  }
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function plain(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', text };
}
