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
let bench: Bench | undefined;
try {
  bench = await startBench(join(folder, 'run'));
  add(await measureAttempts(bench, smoke ? { alone: 2, together: 3 } : { alone: 20, together: 30 }));
  add(await measureVerdicts(bench, smoke ? 3 : 30));
  add(await measureEcho(bench, smoke ? { busy: 3, keys: 20 } : { busy: 50, keys: 200 }));
  add(await measureMemory(bench, smoke ? [1, 3] : [1, 10, 50, 200]));
} finally {
  await bench?.stop();
  await rm(folder, { recursive: true, force: true });
}
const report = { date: new Date().toISOString(), smoke, cpu: cpus()[0]?.model, cores: cpus().length, measurements };
await writeFile('bench.json', `${JSON.stringify(report, null, 2)}\n`);
process.stdout.write(`${toTable(measurements)}\n\nwritten to bench.json\n`);
