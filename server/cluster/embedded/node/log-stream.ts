import type { ServerResponse } from 'node:http';
import type { Container, LogLine } from './container.ts';

export interface LogRequest {
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  tailLines: number | undefined;
  since: Date | undefined;
  limitBytes: number;
}

/** Reads the query of /containerLogs (PodLogOptions). */
export function readLogRequest(query: URLSearchParams): LogRequest {
  const number = (key: string) => (query.has(key) ? Number(query.get(key)) : undefined);
  const seconds = number('sinceSeconds');
  const time = query.get('sinceTime');
  return {
    follow: query.get('follow') === 'true',
    previous: query.get('previous') === 'true',
    timestamps: query.get('timestamps') === 'true',
    tailLines: number('tailLines'),
    since: seconds === undefined ? (time ? new Date(time) : undefined) : new Date(Date.now() - seconds * 1000),
    limitBytes: number('limitBytes') ?? Number.POSITIVE_INFINITY,
  };
}

/** Answers with a container's log; when it is followed, until the container ends or the client goes. */
export function streamLog(container: Container, request: LogRequest, response: ServerResponse): void {
  let left = request.limitBytes;
  const write = ({ time, text }: LogLine) => {
    const line = Buffer.from(
      `${request.timestamps ? `${time.toISOString().replace('Z', '000000Z')} ` : ''}${text}\n`,
    ).subarray(0, left);
    left -= line.length;
    response.write(line);
    if (left <= 0) response.end();
  };
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  const { since, tailLines } = request;
  const lines = container.log.lines().filter(({ time }) => !since || time >= since);
  const shown = tailLines === undefined ? lines : lines.slice(Math.max(0, lines.length - tailLines));
  for (const line of shown) if (left > 0) write(line);
  if (!request.follow || left <= 0) {
    response.end();
    return;
  }
  const stop = container.log.onLine((line) => left > 0 && write(line));
  response.on('close', stop);
  void container.exited.then(() => response.end());
}
