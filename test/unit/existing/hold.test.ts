import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { ownIdentity, wordsOfIdentity } from '../../../server/cluster/existing/hold/identity.ts';
import type { LeaseSpec } from '../../../server/cluster/existing/hold/lease.ts';
import {
  heldBy,
  leaseSeconds,
  look,
  released,
  standingOf,
  type Sighting,
  type Standing,
} from '../../../server/cluster/existing/hold/standing.ts';

const held = (renewTime: string, holderIdentity = 'other'): LeaseSpec => ({
  holderIdentity,
  renewTime,
  leaseDurationSeconds: 12,
});

/** What somebody makes of a lease that they look at again and again, by a clock of their own. */
function watch(looks: [at: number, spec: LeaseSpec][], identity = 'me'): Standing[] {
  let seen: Sighting | null = null;
  return looks.map(([at, spec]) => {
    seen = look(seen, spec, at);
    return standingOf(spec, identity, seen, at);
  });
}

test('a lease that nobody has, or had and gave back, is free', () => {
  expect(watch([[0, {}]])).toEqual(['free']);
  expect(watch([[0, released(new Date())]])).toEqual(['free']);
  expect(
    watch([
      [0, held('a')],
      [500, released(new Date())],
    ]),
  ).toEqual(['unclear', 'free']);
});

test('one’s own is one’s own, however old', () => {
  expect(
    watch([
      [0, held('a', 'me')],
      [3_600_000, held('a', 'me')],
    ]),
  ).toEqual(['mine', 'mine']);
});

test('a holder that renews lives; one that does not has lost it when its lease has expired, and not before', () => {
  expect(
    watch([
      [100_000, held('a')],
      [102_999, held('a')],
      [103_000, held('b')],
    ]),
  ).toEqual(['unclear', 'unclear', 'alive']);
  expect(
    watch([
      [100_000, held('a')],
      [111_999, held('a')],
      [112_000, held('a')],
    ]),
  ).toEqual(['unclear', 'unclear', 'expired']);
  // It counts from the last renewal that was seen.
  expect(
    watch([
      [0, held('a')],
      [3_000, held('b')],
      [14_999, held('b')],
      [15_000, held('b')],
    ]),
  ).toEqual(['unclear', 'alive', 'alive', 'expired']);
});

test('what the holder’s clock says is not believed: neither a year ago nor a year ahead', () => {
  for (const renewTime of ['2020-01-01T00:00:00.000000Z', '2099-01-01T00:00:00.000000Z'])
    expect(watch([[0, held(renewTime)]])).toEqual(['unclear']);
});

test('a lease without a duration expires as ours do', () => {
  const spec = { holderIdentity: 'other', renewTime: 'a' };
  const end = leaseSeconds * 1000;
  expect(
    watch([
      [0, spec],
      [end - 1, spec],
      [end, spec],
    ]),
  ).toEqual(['unclear', 'unclear', 'expired']);
});

test('who takes it over has it from then on, who renews it from when it was taken', () => {
  const first = heldBy('a', {}, new Date('2026-01-01T00:00:00Z'));
  expect(first).toEqual({
    holderIdentity: 'a',
    leaseDurationSeconds: leaseSeconds,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:00.000000Z',
    leaseTransitions: 1,
  });
  const renewed = heldBy('a', first, new Date('2026-01-01T00:00:03.5Z'));
  expect(renewed).toEqual({ ...first, renewTime: '2026-01-01T00:00:03.500000Z' });
  expect(heldBy('b', renewed, new Date('2026-01-01T00:01:00Z'))).toMatchObject({
    holderIdentity: 'b',
    acquireTime: '2026-01-01T00:01:00.000000Z',
    leaseTransitions: 2,
  });
});

test('an identity names host and process, and no two are the same', () => {
  expect(wordsOfIdentity(ownIdentity())).toBe(`${hostname()}, process ${process.pid}`);
  expect(ownIdentity()).not.toBe(ownIdentity());
  expect(wordsOfIdentity('haechi-server-6d4_x_7_00ff00')).toBe('haechi-server-6d4_x, process 7');
  expect(wordsOfIdentity('somebody else')).toBe('somebody else');
});
