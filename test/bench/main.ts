import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBench, type Bench } from './platform.ts';
import { toTable, type Measurement } from './sample.ts';
import { measureStart } from './start.ts';
import { measureAttempts, measureVerdicts } from './attempts.ts';
import { measureEcho } from './echo.ts';
import { measureMemory } from './memory.ts';

/** `npm run bench [-- --smoke]`: measures, prints a table and writes bench.json. Smoke runs show that it works, no more. */
const smoke = process.argv.includes('--smoke');
const folder = await mkdtemp(join(tmpdir(), 'haechi-bench-'));
const measurements: Measurement[] = [];
const add = (measured: Measurement[]) => {
  measurements.push(...measured);
  process.stdout.write(`${toTable(measured)}\n\n`);
};

add(await measureStart(join(folder, 'start'), smoke ? 1 : 5));
try {
  await withBench(join(folder, 'memory'), async (bench) => {
    // First, as one that has just been started: what other measurements leave behind would be counted.
    add(await measureMemory(bench, smoke ? [1, 3] : [1, 10, 50, 200]));
  });
  await withBench(join(folder, 'run'), async (bench) => {
    add(await measureAttempts(bench, smoke ? { alone: 2, together: 3 } : { alone: 20, together: 30 }));
    add(await measureVerdicts(bench, smoke ? 3 : 30));
    add(await measureEcho(bench, smoke ? { busy: 3, keys: 20 } : { busy: 50, keys: 200 }));
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}
const report = { date: new Date().toISOString(), smoke, cpu: cpus()[0]?.model, cores: cpus().length, measurements };
await writeFile('bench.json', `${JSON.stringify(report, null, 2)}\n`);
process.stdout.write(`${toTable(measurements)}\n\nwritten to bench.json\n`);

async function withBench(data: string, measure: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await startBench(data);
  try {
    await measure(bench);
  } finally {
    await bench.stop();
  }
}
