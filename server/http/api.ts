import { json, Router, type Request, type Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import { z } from 'zod';
import type { Attempts, Learner } from '../attempt/attempts.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Content } from '../content/content.ts';
import { HaechiError } from '../errors.ts';
import { courseFor, labFor } from './course-view.ts';

export interface ApiDependencies {
  content: Content;
  attempts: Attempts;
  cluster: Cluster;
  identify: (request: Request) => Learner;
  /** Whether shells are contained, and if not why. */
  containment: () => { contained: true } | { contained: false; reason: string };
  /** Nobody logs in: one learner on their own machine. */
  alone: boolean;
}

const StartRequest = z.strictObject({ lab: z.string().max(200), replace: z.boolean().default(false) });
const HintRequest = z.strictObject({ task: z.string().max(100) });

/** The REST API under /api. Each route is its schema and a few lines; errors go to the app's handler. */
export function createApi({ content, attempts, cluster, identify, containment, alone }: ApiDependencies): Router {
  const api = Router();
  api.use(json({ limit: '64kb' }));
  api.use((request, _response, next) => {
    // A plain form can't set a header, and another origin's script may not (no CORS here).
    if (request.method !== 'GET' && request.get('x-haechi') !== '1')
      throw new HaechiError('foreign-origin', { origin: request.get('origin') ?? '-' });
    next();
  });
  api.use(
    rateLimit({
      windowMs: 10_000,
      limit: 200,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      handler: () => {
        throw new HaechiError('too-many-requests', { seconds: 10 });
      },
    }),
  );
  api.get('/course', (request, response) => void response.json(courseFor(content, attempts.list(identify(request)))));
  api.get('/labs/:week/:lab', (request, response) => {
    response.json(labFor(content, `${request.params.week}/${request.params.lab}`, attempts.list(identify(request))));
  });
  api.get('/cluster', (_request, response) => void response.json(cluster.status()));
  api.get(
    '/session',
    (request, response) => void response.json({ learner: identify(request).id, alone, containment: containment() }),
  );
  api.get('/attempts', (request, response) => void response.json(attempts.list(identify(request))));
  api.post('/attempts', async (request, response) => {
    const { lab, replace } = parse(StartRequest, request.body);
    response.status(202).json(await attempts.start(identify(request), lab, { replace }));
  });
  const onAttempt =
    (change: (learner: Learner, id: string, request: Request) => Promise<unknown>) =>
    async (request: Request<{ id: string }>, response: Response) => {
      response.json(await change(identify(request as Request), request.params.id, request as Request));
    };
  api.post(
    '/attempts/:id/reset',
    onAttempt((learner, id) => attempts.reset(learner, id)),
  );
  api.post(
    '/attempts/:id/extend',
    onAttempt((learner, id) => attempts.extend(learner, id)),
  );
  api.post(
    '/attempts/:id/hints',
    onAttempt((learner, id, request) => attempts.hint(learner, id, parse(HintRequest, request.body).task)),
  );
  api.delete(
    '/attempts/:id',
    onAttempt((learner, id) => attempts.end(learner, id)),
  );
  api.use((request) => {
    throw new HaechiError('not-found', { what: `${request.method} ${request.path}` });
  });
  return api;
}

function parse<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new HaechiError('invalid-request', { issue: `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim() });
}
