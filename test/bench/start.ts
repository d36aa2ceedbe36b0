import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Measurement } from './sample.ts';

const main = join(import.meta.dirname, '..', '..', 'server', 'main.js');

/** From the start of the platform to its page, and until labs can be started: with an empty data folder, and again. */
export async function measureStart(folder: string, count: number): Promise<Measurement[]> {
  const cold = { page: [] as number[], ready: [] as number[] };
  const warm = { page: [] as number[], ready: [] as number[] };
  for (let index = 0; index < count; index++) {
    for (const into of [cold, warm]) {
      const { page, ready } = await startOnce(join(folder, String(index)));
      into.page.push(page);
      into.ready.push(ready);
    }
  }
  return [
    { name: 'start to page, new data folder', unit: 'ms', samples: cold.page, goal: '< 2000' },
    { name: 'start to ready, new data folder', unit: 'ms', samples: cold.ready, goal: '< 5000' },
    { name: 'start to page, again', unit: 'ms', samples: warm.page, goal: '< 2000' },
    { name: 'start to ready, again', unit: 'ms', samples: warm.ready, goal: '< 5000' },
  ];
}

async function startOnce(data: string): Promise<{ page: number; ready: number }> {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [...process.execArgv, main, '--cluster', 'embedded', '--port', '0', '--data', data],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  const said = (word: string) =>
    new Promise<number>((resolve, reject) => {
      const look = () => text.includes(word) && resolve(performance.now() - began);
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        look();
      });
      child.once('exit', (code) => reject(new Error(`the platform ended with ${code}: ${text}`)));
    });
  const [page, ready] = await Promise.all([said('Haechi is at'), said('Ready:')]);
  child.kill('SIGTERM');
  await once(child, 'exit');
  return { page, ready };
}
