import type { Language } from '../../../server/contract/text.ts';
import { en } from './en.ts';
import { ko } from './ko.ts';

/** Every word of the pages. English has exactly the keys of Korean, else it does not compile. */
export type Words = typeof ko;

export const words: Record<Language, Words> = { ko, en };
