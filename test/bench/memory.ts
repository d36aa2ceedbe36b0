import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startToPrompt } from './attempts.ts';
import { learner, type Bench } from './platform.ts';
import type { Measurement } from './sample.ts';

/** Resident memory of this process and all below it (control plane, shells), with so many attempts at their prompts. */
export async function measureMemory(bench: Bench, counts: number[]): Promise<Measurement[]> {
  const result: Measurement[] = [];
  const open: { name: string; id: string }[] = [];
  for (const count of counts) {
    while (open.length < count) {
      const names = Array.from(
        { length: Math.min(10, count - open.length) },
        (_, index) => `mem${open.length + index}`,
      );
      const started = await Promise.all(
        names.map(async (name) => ({ name, id: (await startToPrompt(bench, name)).attempt.id })),
      );
      open.push(...started);
    }
    await sleep(3000);
    globalThis.gc?.();
    const goal = count <= 10 ? '< 700 in all' : '< 20 for each further learner';
    result.push({ name: `memory with ${count} attempts`, unit: 'MB', samples: [treeMemory(process.pid) / 1e6], goal });
  }
  for (const { name, id } of open) await bench.attempts.end(learner(name), id);
  return result;
}

/** Bytes of proportional set size where the kernel tells (shared pages count once), else of resident memory. */
function treeMemory(pid: number): number {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const parent = Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1] ?? Number.NaN);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const sum = (each: number): number =>
    memoryOf(each) + (children.get(each) ?? []).reduce((total, child) => total + sum(child), 0);
  return sum(pid);
}

function memoryOf(pid: number): number {
  const pss = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
  const rss = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1];
  return Number(pss ?? rss ?? 0) * 1024;
}

/** A process may end while it is looked at. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
