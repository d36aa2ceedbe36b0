import { setTimeout as sleep } from 'node:timers/promises';
import { startToPrompt } from './attempts.ts';
import { learner, type Bench } from './platform.ts';
import type { Measurement } from './sample.ts';

/** How many busy terminals one attempt gets, besides the one it starts with. */
const perAttempt = 5;

/** From a keystroke to its echo, with one idle terminal, then with many that print all the time. */
export async function measureEcho(bench: Bench, counts: { busy: number; keys: number }): Promise<Measurement[]> {
  const { terminals } = bench.environment;
  const { attempt } = await startToPrompt(bench, 'typing');
  const terminal = await terminals.open(attempt.id, { columns: 120, rows: 30 });
  let heard: (() => void) | undefined;
  const view = terminals.attach(terminal.id, 0, ({ data, offset }) => {
    view.seen(offset + data.length);
    heard?.();
  });
  await sleep(1000);
  const type = async () => {
    const samples: number[] = [];
    for (let key = 0; key < counts.keys; key++) {
      const began = performance.now();
      const echo = new Promise<void>((resolve) => (heard = resolve));
      await terminals.write(terminal.id, 'x');
      await echo;
      samples.push(performance.now() - began);
      await sleep(15);
    }
    return samples;
  };
  const quiet = await type();
  const views: { detach(): void }[] = [];
  const busyLearners: { name: string; id: string }[] = [];
  for (let index = 0; index < counts.busy; index++) {
    const name = `busy${Math.floor(index / perAttempt)}`;
    if (index % perAttempt === 0) busyLearners.push({ name, id: (await startToPrompt(bench, name)).attempt.id });
    const { id } = await terminals.open(busyLearners.at(-1)?.id ?? '', { columns: 120, rows: 30 });
    const busy = terminals.attach(id, 0, ({ data, offset }) => busy.seen(offset + data.length));
    views.push(busy);
    await terminals.write(id, 'while :; do echo "$RANDOM some line of output"; sleep 0.05; done\n');
  }
  await sleep(2000);
  const loud = await type();
  for (const each of views) each.detach();
  view.detach();
  await bench.attempts.end(learner('typing'), attempt.id);
  for (const { name, id } of busyLearners) await bench.attempts.end(learner(name), id);
  return [
    { name: 'keystroke to echo, 1 terminal', unit: 'ms', samples: quiet, goal: 'p99 < 15' },
    { name: `keystroke to echo, ${counts.busy} busy terminals`, unit: 'ms', samples: loud, goal: 'p99 < 15' },
  ];
}
