import { expect, test } from 'vitest';
import { isTooOld, kubectlFits, parseVersion } from '../../../server/cluster/existing/versions.ts';

const version = (text: string) => {
  const parsed = parseVersion(text);
  if (!parsed) throw new Error(`no version: ${text}`);
  return parsed;
};

test('what providers add to a version is not of the release', () => {
  for (const text of ['v1.33.4', 'v1.33.4-gke.1350000', 'v1.33.4+k3s1', 'v1.33.4-eks-ae1ff26'])
    expect(parseVersion(text)).toEqual({ major: 1, minor: 33, release: 'v1.33.4' });
  expect(parseVersion('unknown')).toBeNull();
});

test('clusters before ValidatingAdmissionPolicy v1 are too old', () => {
  expect([isTooOld(version('v1.29.14')), isTooOld(version('v1.30.0'))]).toEqual([true, false]);
});

test('a kubectl fits within one minor version', () => {
  const fits = ['v1.35.0', 'v1.36.9', 'v1.37.0', 'v1.38.1', 'v1.39.0', 'v2.37.0'].filter((each) =>
    kubectlFits(version(each), version('v1.37.2')),
  );
  expect(fits).toEqual(['v1.36.9', 'v1.37.0', 'v1.38.1']);
});
