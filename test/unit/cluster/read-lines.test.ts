import { expect, test } from 'vitest';
import { readLines } from '../../../server/cluster/read-lines.ts';

async function linesOf(...pieces: Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(ReadableStream.from(pieces))) lines.push(line);
  return lines;
}

test('lines, wherever the pieces end', async () => {
  const bytes = Buffer.from('{"이름":"가"}\n{"b":2}\nunfinished');
  const whole = ['{"이름":"가"}', '{"b":2}'];
  expect(await linesOf(bytes)).toEqual(whole);
  expect(await linesOf(...[...bytes].map((byte) => Buffer.of(byte)))).toEqual(whole);
});
