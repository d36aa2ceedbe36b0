import type { ExecResult } from 'just-bash';

/** How a program ended, and what it wrote. */
export function result(exitCode: number, stdout = '', stderr = ''): ExecResult {
  return { exitCode, stdout, stderr };
}
