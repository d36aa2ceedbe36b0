import type { Socket } from 'socket.io';
import { z } from 'zod';
import type { Answer, ClientToServer, ServerToClient } from '../contract/events.ts';
import type { Problem } from '../contract/problem.ts';
import { Size } from '../contract/terminal.ts';
import { HaechiError, toProblem } from '../errors.ts';
import type { Log } from '../log.ts';
import type { TerminalService, TerminalView } from './service.ts';

const id = z.string().min(1).max(100);
const position = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const mostWriteBytes = 64 << 10;
const Open = z.strictObject({ attempt: id, size: Size });
const Attach = z.strictObject({ terminal: id, after: position });
const Named = z.strictObject({ terminal: id });
const Write = z.strictObject({
  terminal: id,
  data: z.string().refine((data) => Buffer.byteLength(data) <= mostWriteBytes, `more than ${mostWriteBytes} bytes`),
});
const Resize = z.strictObject({ terminal: id, size: Size });
const Seen = z.strictObject({ terminal: id, offset: position });

const mostViews = 24;
/** Requests that a client may make in a second, on average and at once. */
const rate = { perSecond: 300, atOnce: 1_500 };

// What the application keeps with a socket is of no concern here.
type TerminalSocket<Data> = Socket<ClientToServer, ServerToClient, Record<string, never>, Data>;

/**
 * Answers the terminal requests of one client, until it disconnects.
 * @param service the shells; may throw HaechiError while there are none yet
 * @param authorize throws when this client may not use the attempt
 */
export function registerTerminalEvents<Data>(
  socket: TerminalSocket<Data>,
  service: () => TerminalService,
  authorize: (attempt: string) => void,
  { log, onProblem }: { log?: Log; onProblem?: ((problem: Problem) => void) | undefined } = {},
): void {
  const views = new Map<string, TerminalView>();
  const spend = meter(rate);

  /** Runs a request whose payload is checked first, and acknowledges how it went. */
  const answer = async <Request, T>(
    schema: z.ZodType<Request>,
    payload: unknown,
    acknowledge: unknown,
    run: (request: Request) => T | Promise<T>,
  ): Promise<void> => {
    const reply = typeof acknowledge === 'function' ? (acknowledge as (answer: Answer<T>) => void) : () => undefined;
    try {
      if (!spend()) throw new HaechiError('too-many-requests', { seconds: 1 });
      const result = schema.safeParse(payload);
      if (!result.success) throw new HaechiError('invalid-request', { issue: describe(result.error) });
      const value = run(result.data);
      reply({ ok: true, value: value instanceof Promise ? await value : value });
    } catch (error) {
      const problem = toProblem(error, (cause, id) => log?.error({ err: cause, id }, 'terminal request failed'));
      onProblem?.(problem);
      reply({ ok: false, problem });
    }
  };
  /** The terminal, if this client may use it. */
  const allowed = ({ terminal }: { terminal: string }): string => {
    authorize(service().attemptOf(terminal));
    return terminal;
  };
  const detach = (terminal: string): null => {
    views.get(terminal)?.detach();
    views.delete(terminal);
    return null;
  };

  socket.on('terminal:open', (payload, acknowledge) => {
    void answer(Open, payload, acknowledge, ({ attempt, size }) => {
      authorize(attempt);
      return service().open(attempt, size);
    });
  });
  socket.on('terminal:attach', (payload, acknowledge) => {
    void answer(Attach, payload, acknowledge, (request) => {
      const terminal = allowed(request);
      detach(terminal);
      if (views.size >= mostViews) throw new HaechiError('too-many-terminals', { most: mostViews });
      const view = service().attach(terminal, request.after, (output) => socket.emit('terminalWrote', output));
      views.set(terminal, view);
      return { terminal: view.terminal, from: view.from };
    });
  });
  socket.on('terminal:detach', (payload, acknowledge) => {
    void answer(Named, payload, acknowledge, ({ terminal }) => detach(terminal));
  });
  socket.on('terminal:write', (payload, acknowledge) => {
    void answer(Write, payload, acknowledge, async (request) => {
      await service().write(allowed(request), request.data);
      return null;
    });
  });
  socket.on('terminal:resize', (payload, acknowledge) => {
    void answer(Resize, payload, acknowledge, (request) => {
      service().resize(allowed(request), request.size);
      return null;
    });
  });
  socket.on('terminal:close', (payload, acknowledge) => {
    void answer(Named, payload, acknowledge, async (request) => {
      await service().close(allowed(request));
      return detach(request.terminal);
    });
  });
  socket.on('terminal:seen', (payload) => {
    const result = Seen.safeParse(payload);
    if (result.success) views.get(result.data.terminal)?.seen(result.data.offset);
    else log?.debug({ issue: describe(result.error) }, 'a client said wrongly what it has seen');
  });
  socket.on('disconnect', () => {
    for (const terminal of [...views.keys()]) detach(terminal);
  });
}

function describe(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}

/** A token bucket: whether one more may be done now. */
function meter({ perSecond, atOnce }: { perSecond: number; atOnce: number }): () => boolean {
  let left = atOnce;
  let at = performance.now();
  return () => {
    const now = performance.now();
    left = Math.min(atOnce, left + ((now - at) / 1000) * perSecond);
    at = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
