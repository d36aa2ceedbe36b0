import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCommandLine, tellHelp } from '../../server/command-line.ts';
import type { Config } from '../../server/config.ts';
import { startBench, type Bench } from './platform.ts';
import { toTable, type Measurement } from './sample.ts';
import { measureStart } from './start.ts';
import { measureAttempts, measureVerdicts } from './attempts.ts';
import { measureEcho } from './echo.ts';
import { measureMemory } from './memory.ts';
import { measureReal } from './real.ts';

/**
 * `npm run bench [-- --smoke] [--cluster existing [LAB…]]`: measures the platform on an embedded cluster, or the labs on the
 * cluster that is named; prints a table and writes bench.json. Smoke runs show that it works, no more.
 */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (tellHelp(args, 'npm run bench -- [--smoke] [LAB…]', process.stdout)) return;
  const smoke = args.includes('--smoke');
  const { config, words: wanted } = readCommandLine(
    args.filter((each) => each !== '--smoke'),
    process.env,
  );
  const { cluster = 'embedded' } = config;
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new Error('interrupted'));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, interrupt);
  const folder = await mkdtemp(join(tmpdir(), 'haechi-bench-'));
  const measurements: Measurement[] = [];
  const add = (measured: Measurement[]) => {
    measurements.push(...measured);
    process.stdout.write(`${toTable(measured)}\n\n`);
  };
  const { signal } = interrupted;
  try {
    if (cluster === 'embedded') await measureEmbedded({ ...config, cluster }, { folder, smoke, signal, add });
    else await measureReal({ ...config, cluster }, { folder, smoke, wanted, signal, add });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const date = new Date().toISOString();
  const report = { date, cluster, smoke, cpu: cpus()[0]?.model, cores: cpus().length, measurements };
  await writeFile('bench.json', `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(`${toTable(measurements)}\n\nwritten to bench.json\n`);
}

interface EmbeddedOptions {
  folder: string;
  smoke: boolean;
  signal: AbortSignal;
  add: (measured: Measurement[]) => void;
}

async function measureEmbedded(
  config: Config & { cluster: 'embedded' },
  { folder, smoke, signal, add }: EmbeddedOptions,
): Promise<void> {
  const withBench = async (name: string, measure: (bench: Bench) => Promise<void>) => {
    const bench = await startBench(config, join(folder, name), signal);
    try {
      await measure(bench);
    } finally {
      await bench.stop();
    }
  };
  add(await measureStart(join(folder, 'start'), smoke ? 1 : 5));
  await withBench('memory', async (bench) => {
    // First, as one that has just been started: what other measurements leave behind would be counted.
    add(await measureMemory(bench, smoke ? [1, 3] : [1, 10, 50, 200]));
  });
  await withBench('run', async (bench) => {
    add(await measureAttempts(bench, smoke ? { alone: 2, together: 3 } : { alone: 20, together: 30 }));
    add(await measureVerdicts(bench, smoke ? 3 : 30));
    add(await measureEcho(bench, smoke ? { busy: 3, keys: 20 } : { busy: 50, keys: 200 }));
  });
}

await main();
