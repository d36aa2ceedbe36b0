import type { Socket } from 'socket.io';
import { z } from 'zod';
import type { Acknowledge, ClientToServer, ServerToClient } from '../contract/events.ts';
import { Size } from '../contract/terminal.ts';
import { HaechiError } from '../errors.ts';
import type { TerminalService, TerminalView } from './service.ts';

const Id = z.string().max(200);
const Open = z.strictObject({ attempt: Id, size: Size });
const Attach = z.strictObject({ terminal: Id, after: z.number().int().min(0) });
const One = z.strictObject({ terminal: Id });
const Write = z.strictObject({ terminal: Id, data: z.string().max(64 * 1024) });
const Resize = z.strictObject({ terminal: Id, size: Size });
const Seen = z.strictObject({ terminal: Id, offset: z.number().int().min(0) });

type Answerer = <T>(acknowledge: Acknowledge<T>, run: () => T | Promise<T>) => Promise<void>;

/**
 * Serves the terminal requests of one client. What it has attached is detached when it goes.
 * @param authorize throws when the client may not use that attempt.
 */
export function registerTerminalEvents(
  socket: Socket<ClientToServer, ServerToClient>,
  {
    service,
    authorize,
    answer,
  }: { service: () => TerminalService; authorize: (attempt: string) => void; answer: Answerer },
): void {
  const views = new Map<string, TerminalView>();
  /** The terminal of a request that this client may use. */
  const own = (terminal: string): string => {
    authorize(service().attemptOf(terminal));
    return terminal;
  };
  const detach = (terminal: string) => {
    views.get(terminal)?.detach();
    views.delete(terminal);
  };
  socket.on(
    'terminal:open',
    (request, acknowledge) =>
      void answer(acknowledge, () => {
        const { attempt, size } = parse(Open, request);
        authorize(attempt);
        return service().open(attempt, size);
      }),
  );
  socket.on(
    'terminal:attach',
    (request, acknowledge) =>
      void answer(acknowledge, () => {
        const { terminal, after } = parse(Attach, request);
        detach(own(terminal));
        const view = service().attach(terminal, after, (output) => void socket.emit('terminalWrote', output));
        views.set(terminal, view);
        return { terminal: view.terminal, from: view.from };
      }),
  );
  socket.on(
    'terminal:detach',
    (request, acknowledge) =>
      void answer(acknowledge, () => {
        detach(parse(One, request).terminal);
        return null;
      }),
  );
  socket.on(
    'terminal:write',
    (request, acknowledge) =>
      void answer(acknowledge, () => {
        const { terminal, data } = parse(Write, request);
        service().write(own(terminal), data);
        return null;
      }),
  );
  socket.on(
    'terminal:resize',
    (request, acknowledge) =>
      void answer(acknowledge, () => {
        const { terminal, size } = parse(Resize, request);
        service().resize(own(terminal), size);
        return null;
      }),
  );
  socket.on(
    'terminal:close',
    (request, acknowledge) =>
      void answer(acknowledge, async () => {
        const terminal = own(parse(One, request).terminal);
        detach(terminal);
        await service().close(terminal);
        return null;
      }),
  );
  socket.on('terminal:seen', (notice) => {
    // A notice has no answer: one that isn't understood is dropped.
    const seen = Seen.safeParse(notice);
    if (seen.success) views.get(seen.data.terminal)?.seen(seen.data.offset);
  });
  socket.on('disconnect', () => {
    for (const terminal of views.keys()) detach(terminal);
  });
}

function parse<S extends z.ZodType>(schema: S, request: unknown): z.output<S> {
  const result = schema.safeParse(request);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new HaechiError('invalid-request', { issue: `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim() });
}
