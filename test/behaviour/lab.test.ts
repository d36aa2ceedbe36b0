import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadContent } from '../../server/content/load.ts';
import { claimsOf, prove, type Claim } from '../../server/content/prove.ts';
import { openClusterUnderTest, type ClusterUnderTest } from './cluster-under-test.ts';

const content = await loadContent(join(import.meta.dirname, '..', '..'));
const lab = content.labs.get('week-08/default-deny');
if (!lab) throw new Error('there is no lab default-deny');
const claims = claimsOf(lab);

let under: ClusterUnderTest;
beforeAll(async () => {
  under = await openClusterUnderTest();
});
afterAll(async () => under.stop());

async function seen(claim: Claim | undefined, suffix: string): Promise<string> {
  if (!claim) throw new Error('the lab has no such claim');
  return (await prove(claim, suffix, under.environment, AbortSignal.timeout(150_000))).seen;
}

// What `prove` sees is: set up, judge, fix in a shell, judge again, clean up, and nothing left behind.
test('a lab is set up, fails, is fixed in a shell, passes, and leaves nothing', async () => {
  const claim = (name: string) => claims.find((each) => each.name === name);
  expect(await seen(claim('start'), 'behaviour1')).toBe('');
  expect(await seen(claim('solution'), 'behaviour2')).toBe('');
});

test('a fix that breaks the shop fails for what the pods then see', async () => {
  const claim = claims.find(({ name }) => name === 'wrong/close-the-shop');
  expect(await seen(claim, 'behaviour3')).toBe('');
});
