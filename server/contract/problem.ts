import { z } from 'zod';
import { Text } from './text.ts';

/** What a client is told of an error. `id` is there when the cause was unexpected and only the log has it. */
export const Problem = z.object({ code: z.string(), message: Text, id: z.string().optional() });
export type Problem = z.infer<typeof Problem>;
