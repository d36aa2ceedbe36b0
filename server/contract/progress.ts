import { z } from 'zod';
import { Text } from './text.ts';

/** How far a long piece of work is. */
export const Progress = z.object({
  /** A stable name of the step, as `build`. */
  step: z.string(),
  title: Text,
  /** 0 to 1, or null while it can't be known. */
  fraction: z.number().min(0).max(1).nullable(),
  /** For steps that count things: packages built, bytes fetched. */
  done: z.number().optional(),
  total: z.number().optional(),
  unit: z.enum(['packages', 'bytes', 'objects', 'pods', 'images']).optional(),
  /** When the step began, ISO 8601. */
  startedAt: z.iso.datetime(),
});
export type Progress = z.infer<typeof Progress>;
