import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Size, type Terminal } from '../contract/terminal.ts';
import { isNodeError } from './folders.ts';

const Roster = z.object({
  /** The number of the next terminal: numbers are never used again. */
  next: z.number().int().min(1),
  terminals: z.array(
    z.object({ number: z.number().int(), size: Size, ended: z.boolean(), exitCode: z.number().int().nullable() }),
  ),
});
/** An attempt's terminals, as they are kept on disk. */
export type Roster = z.infer<typeof Roster>;

const fileName = 'terminals.json';

/** An empty one where none was kept. */
export async function loadRoster(folder: string): Promise<Roster> {
  try {
    return Roster.parse(JSON.parse(await readFile(join(folder, fileName), 'utf8')));
  } catch (error) {
    if (isNodeError(error) && error.code === 'ENOENT') return { next: 1, terminals: [] };
    throw error;
  }
}

export async function saveRoster(folder: string, next: number, terminals: readonly Terminal[]): Promise<void> {
  const roster: Roster = {
    next,
    terminals: terminals.map(({ number, size, state, exitCode }) => ({
      number,
      size,
      ended: state === 'ended',
      exitCode,
    })),
  };
  const file = join(folder, fileName);
  await writeFile(`${file}.new`, JSON.stringify(roster), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
