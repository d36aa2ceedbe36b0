import { pino, type Logger } from 'pino';

/** What every part that logs takes as an argument. Tests pass one that records. */
export type Log = Logger;

/** @param path the file to write to; standard error where there is none. */
export function openLog(level: string, path?: string): Log {
  return pino({ level }, pino.destination({ dest: path ?? 2, mkdir: true, sync: false }));
}
