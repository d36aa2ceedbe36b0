import { randomUUID } from 'node:crypto';
import { errorCodes, type ErrorCode } from './contract/error-codes.ts';
import type { Problem } from './contract/problem.ts';
import type { Text } from './contract/text.ts';

/** An error that a user can understand and act on. Its words come from its code and details. */
export class HaechiError extends Error {
  readonly code: ErrorCode;
  readonly text: Text;

  constructor(code: ErrorCode, details: Record<string, string | number> = {}, options?: ErrorOptions) {
    const fill = (words: string) =>
      words.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? `{${name}}`));
    const text = { ko: fill(errorCodes[code].message.ko), en: fill(errorCodes[code].message.en) };
    super(text.en, options);
    this.name = 'HaechiError';
    this.code = code;
    this.text = text;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }
}

/**
 * What a client is told of any error. The text of an unexpected one stays here: `report` gets it with the id that the
 * client can quote.
 */
export function toProblem(error: unknown, report: (error: unknown, id: string) => void): Problem {
  if (error instanceof HaechiError) return { code: error.code, message: error.text };
  const id = randomUUID().slice(0, 8);
  report(error, id);
  return { code: 'unexpected', message: new HaechiError('unexpected', { id }).text, id };
}
