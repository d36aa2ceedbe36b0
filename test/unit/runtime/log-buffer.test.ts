import { expect, test } from 'vitest';
import { LogBuffer } from '../../../server/cluster/embedded/node/runtime/log-buffer.ts';

test('a line is one when it ends, by stream', () => {
  const log = new LogBuffer();
  log.write('stdout', 'half');
  log.write('stderr', 'problem\n');
  log.write('stdout', ' and half\nmore');
  expect(log.lines().map(({ text }) => text)).toEqual(['problem', 'half and half']);
  log.flush();
  expect(log.lines().at(-1)).toMatchObject({ stream: 'stdout', text: 'more' });
});

test('the oldest lines go first, by number and by size', () => {
  const log = new LogBuffer();
  for (let line = 0; line < 2100; line++) log.write('stdout', `${line}\n`);
  expect(log.lines()).toHaveLength(2000);
  expect(log.lines()[0]?.text).toBe('100');
  for (let line = 0; line < 40; line++) log.write('stdout', `${'x'.repeat(40_000)}\n`);
  expect(log.lines().length).toBeLessThan(30);
});
