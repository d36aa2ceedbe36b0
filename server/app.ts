import { join } from 'node:path';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import type { Problem } from './contract/problem.ts';
import { HaechiError, toProblem } from './errors.ts';
import { createApi, type ApiDependencies } from './http/api.ts';
import { requireSameOrigin } from './http/same-origin.ts';
import type { Log } from './log.ts';

export interface AppDependencies extends ApiDependencies {
  /** Host names that this server answers to, without ports. */
  hosts: ReadonlySet<string>;
  /** Folder of the built pages. */
  pages: string;
  log: Log;
  /** Hears of every problem that a client is told of. */
  onProblem?: ((problem: Problem) => void) | undefined;
}

/** The web application. It never listens. */
export function createApp(dependencies: AppDependencies): Express {
  const { hosts, pages, log, onProblem } = dependencies;
  const app = express();
  app.disable('x-powered-by');
  app.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'self'"],
          scriptSrc: ["'self'"],
          // xterm and the graph library place their elements by style attributes and style elements of their own.
          styleSrc: ["'self'", "'unsafe-inline'"],
          imgSrc: ["'self'", 'data:'],
          connectSrc: ["'self'"],
          objectSrc: ["'none'"],
          baseUri: ["'none'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
        },
      },
      strictTransportSecurity: false,
      crossOriginEmbedderPolicy: true,
    }),
  );
  app.use((request, _response, next) => {
    requireSameOrigin(request, hosts);
    next();
  });
  app.get('/healthz', (_request, response) => void response.type('text').send('ok\n'));
  app.use('/api', createApi(dependencies));
  app.use('/assets', express.static(join(pages, 'assets'), { immutable: true, maxAge: '1y', fallthrough: false }));
  app.use(express.static(pages, { index: false, maxAge: 0 }));
  app.get(/^\/(labs\/[\w-]+\/[\w-]+)?$/, (_request, response) => response.sendFile(join(pages, 'index.html')));
  app.use((request) => {
    throw new HaechiError('not-found', { what: request.path });
  });
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const known = error instanceof HaechiError ? error : fromHttp(error, request);
    const problem = toProblem(known, (cause, id) =>
      log.error({ err: cause, id, path: request.path }, 'request failed'),
    );
    onProblem?.(problem);
    response.status(known instanceof HaechiError ? known.status : 500).json({ problem });
  });
  return app;
}

/** Errors of Express' own middleware carry an HTTP status: 404 of a missing file, 400 of broken JSON. */
function fromHttp(error: unknown, request: Request): unknown {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 404) return new HaechiError('not-found', { what: request.path });
  if (error instanceof Error && typeof status === 'number' && status < 500)
    return new HaechiError('invalid-request', { issue: error.message });
  return error;
}
