import { expect, test } from 'vitest';
import { permits } from '../../../server/cluster/embedded/node/runtime/owners.ts';

const user = { uid: 1000, groups: [1000, 2000], capabilities: [] };

test.each([
  ['its owner, by the first three bits', { uid: 1000, gid: 0, mode: 0o600 }, 'write', true],
  ['its owner, though others may', { uid: 1000, gid: 0, mode: 0o066 }, 'read', false],
  ['its group', { uid: 0, gid: 2000, mode: 0o640 }, 'read', true],
  ['its group, to write', { uid: 0, gid: 2000, mode: 0o640 }, 'write', false],
  ['others', { uid: 0, gid: 0, mode: 0o644 }, 'read', true],
  ['others, a folder of root', { uid: 0, gid: 0, mode: 0o755 }, 'write', false],
  ['others, to enter', { uid: 0, gid: 0, mode: 0o700 }, 'search', false],
] as const)('%s', (_name, owner, use, allowed) => {
  expect(permits(owner, user, use)).toBe(allowed);
});

test('DAC_OVERRIDE may all, root without it may not', () => {
  const secret = { uid: 1000, gid: 1000, mode: 0o600 };
  expect(permits(secret, { uid: 0, groups: [0], capabilities: ['DAC_OVERRIDE'] }, 'read')).toBe(true);
  expect(permits(secret, { uid: 0, groups: [0], capabilities: [] }, 'read')).toBe(false);
});
