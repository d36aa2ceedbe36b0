import { z } from 'zod';

export const Size = z.object({ columns: z.number().int().min(2).max(1000), rows: z.number().int().min(1).max(500) });
export type Size = z.infer<typeof Size>;

/** A learner's shell. */
export const Terminal = z.object({
  id: z.string(),
  attempt: z.string(),
  /** 1 for the first tab, and so on; never reused within an attempt. */
  number: z.number().int(),
  state: z.enum(['running', 'ended']),
  exitCode: z.number().int().nullable(),
  size: Size,
});
export type Terminal = z.infer<typeof Terminal>;

/**
 * A piece of a terminal's output. `offset` is the position of its first byte in all that the terminal ever wrote, so
 * that a client that has seen everything up to byte N asks for what follows N and gets nothing twice.
 */
export const TerminalOutput = z.object({
  terminal: z.string(),
  offset: z.number().int(),
  data: z.instanceof(Uint8Array),
});
export type TerminalOutput = z.infer<typeof TerminalOutput>;
