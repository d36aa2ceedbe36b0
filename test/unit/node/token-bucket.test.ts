import { expect, test } from 'vitest';
import { TokenBucket } from '../../../server/cluster/embedded/node/token-bucket.ts';

function bucketAt(perSecond: number, burst: number) {
  let now = 0;
  const bucket = new TokenBucket(perSecond, burst, () => now);
  return { bucket, pass: (milliseconds: number) => (now += milliseconds) };
}

test('so much begins at once, the rest at the rate', () => {
  const { bucket } = bucketAt(50, 3);
  expect(Array.from({ length: 6 }, () => bucket.take())).toEqual([0, 0, 0, 20, 40, 60]);
});

test('what was taken in advance has to be waited for, too', () => {
  const { bucket, pass } = bucketAt(50, 1);
  bucket.take();
  bucket.take();
  pass(20);
  expect(bucket.take()).toBe(20);
});

test('a pause gives back no more than a burst', () => {
  const { bucket, pass } = bucketAt(50, 2);
  bucket.take();
  pass(60_000);
  expect(Array.from({ length: 3 }, () => bucket.take())).toEqual([0, 0, 20]);
});

test('whoever waits can be told to stop', async () => {
  const bucket = new TokenBucket(0.001, 1);
  bucket.take();
  await expect(bucket.wait(AbortSignal.timeout(10))).rejects.toThrow(/aborted/);
});
