import { z } from 'zod';

/** Words in both languages. Everything a learner reads is one of these; neither language may be missing. */
export const Text = z.strictObject({ ko: z.string().min(1), en: z.string().min(1) });
export type Text = z.infer<typeof Text>;

export const Language = z.enum(['ko', 'en']);
export type Language = z.infer<typeof Language>;
