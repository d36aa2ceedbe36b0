import { expect, test } from 'vitest';
import { InputQueue } from '../../../web/src/terminal/input-queue.ts';

/** Lets everything that waits for an answer go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

function collect() {
  const sent: string[] = [];
  const answers: ((error?: Error) => void)[] = [];
  const failures: unknown[] = [];
  const queue = new InputQueue(
    (piece) => {
      sent.push(piece);
      return new Promise<void>((resolve, reject) => {
        answers.push((error) => (error ? reject(error) : resolve()));
      });
    },
    (error) => failures.push(error),
  );
  return { queue, sent, answers, failures };
}

test('typing is sent at once, without waiting for answers', () => {
  const { queue, sent } = collect();
  for (const key of 'ls\r') queue.push(key);
  expect(sent).toEqual(['l', 's', '\r']);
});

test('a paste waits for answers, and keys typed after it come after it', async () => {
  const { queue, sent, answers } = collect();
  const paste = 'x'.repeat(20 * 32 * 1024);
  queue.push(paste);
  queue.push('!');
  expect(sent).toHaveLength(8);
  for (let index = 0; index < 21; index++) {
    answers[index]?.();
    await settle();
  }
  expect(sent.join('')).toBe(`${paste}!`);
});

test('after a failure the rest is dropped, and what is typed next is sent', async () => {
  const { queue, sent, answers, failures } = collect();
  queue.push('x'.repeat(20 * 32 * 1024));
  const error = new Error('lost');
  answers[0]?.(error);
  await settle();
  expect(failures).toEqual([error]);
  expect(sent).toHaveLength(8);
  queue.push('y');
  expect(sent.at(-1)).toBe('y');
});
